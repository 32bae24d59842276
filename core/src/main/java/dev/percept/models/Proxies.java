package dev.percept.models;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The proxy that the environment names, as other tools take it: {@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code ALL_PROXY} and
 * {@code NO_PROXY}, in either case. Where it names none, Java's own choice ({@code -Dhttps.proxyHost}) stands.
 */
final class Proxies extends ProxySelector {
    private static final int DEFAULT_PORT = 80;

    private final Map<String, String> environment;

    Proxies(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public List<Proxy> select(URI uri) {
        String scheme = uri.getScheme().toUpperCase(Locale.ROOT);
        String named = variable(scheme + "_PROXY");
        if (named == null) {
            named = variable("ALL_PROXY");
        }
        if (named == null) {
            ProxySelector own = ProxySelector.getDefault();
            return own == null ? List.of(Proxy.NO_PROXY) : own.select(uri);
        }
        if (isExcepted(Objects.requireNonNullElse(uri.getHost(), ""))) {
            return List.of(Proxy.NO_PROXY);
        }
        URI proxy = URI.create(named.contains("://") ? named : "http://" + named);
        if (proxy.getHost() == null) {
            throw new IllegalArgumentException("the proxy " + named + " of the environment is no address");
        }
        int port = proxy.getPort() < 0 ? DEFAULT_PORT : proxy.getPort();
        return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port)));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // The request fails with it.
    }

    private boolean isExcepted(String host) {
        String list = variable("NO_PROXY");
        if (list == null) {
            return false;
        }
        for (String part : list.split(",", -1)) {
            String suffix = part.strip().replaceFirst("^\\*?\\.", "");
            if (suffix.equals("*")
                    || (!suffix.isEmpty() && (host.equalsIgnoreCase(suffix) || endsWith(host, "." + suffix)))) {
                return true;
            }
        }
        return false;
    }

    private static boolean endsWith(String host, String suffix) {
        return host.toLowerCase(Locale.ROOT).endsWith(suffix.toLowerCase(Locale.ROOT));
    }

    private @Nullable String variable(String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            value = environment.get(name.toLowerCase(Locale.ROOT));
        }
        return value == null || value.isBlank() ? null : value.strip();
    }
}
