package dev.percept.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whom the program answers, how often, and over what: a mixin of {@link Main}. */
final class SecurityOptions {
    /** A key for one client, without a file; not an option, since other users see the options of running programs. */
    static final String KEY_VARIABLE = "PERCEPT_SERVE_KEY";

    private static final String KEY_VARIABLES_NAME = "environment";

    @Option(
            names = "--keys",
            paramLabel = "FILE",
            description = "Answer only who sends one of the keys in this file: NAME:KEY or NAME:sha256=HEX, one a line."
                    + " The key in the variable " + KEY_VARIABLE + " is good as well.")
    private @Nullable Path keys;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Requests a second of each key, or of each address where there are no keys; more are answered"
                    + " with 429. Default: no limit.")
    private @Nullable Double rate;

    @Option(
            names = "--rate-burst",
            paramLabel = "N",
            description = "How many may come at once after a pause. Default: those of one second, at least 1.")
    private @Nullable Integer rateBurst;

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description = "Speak HTTPS (TLS 1.2 and 1.3) with this certificate and those above it, as PEM.")
    private @Nullable Path tlsCertificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "The certificate's private key, as PEM (PKCS #8 without a password).")
    private @Nullable Path tlsKey;

    @Option(
            names = "--cors-origin",
            paramLabel = "ORIGIN",
            split = ",",
            description = "Let pages of this origin, such as https://pictures.example, use the server from a browser."
                    + " Several are separated by commas. Default: none.")
    private List<String> corsOrigins = new ArrayList<>();

    /**
     * This configuration with the given security.
     *
     * @throws IllegalArgumentException if an option has a value that it can't have, or the keys can't be read
     */
    ServerConfig applyTo(ServerConfig config) {
        return config.withSecurity(ServerSecurity.defaults()
                .withKeys(keys(System.getenv(KEY_VARIABLE)))
                .withRate(rate())
                .withTls(tls())
                .withCorsOrigins(corsOrigins));
    }

    private List<ApiKey> keys(@Nullable String variable) {
        List<ApiKey> all = new ArrayList<>();
        if (keys != null) {
            all.addAll(KeyFile.read(keys));
            if (KeyFile.isOpenToOthers(keys)) {
                System.err.println(
                        "warning: other users of this machine can read or change " + keys + "; run: chmod 600 " + keys);
            }
        }
        if (variable != null) {
            try {
                all.add(ApiKey.of(KEY_VARIABLES_NAME, variable));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(KEY_VARIABLE + ": " + e.getMessage(), e);
            }
        }
        return all;
    }

    private @Nullable RateLimit rate() {
        if (rate == null) {
            if (rateBurst != null) {
                throw new IllegalArgumentException("--rate-burst says nothing without --rate; give both");
            }
            return null;
        }
        return new RateLimit(
                rate, rateBurst == null ? (int) Math.max(1, Math.min(1_000_000, Math.ceil(rate))) : rateBurst);
    }

    private @Nullable TlsFiles tls() {
        if ((tlsCertificate == null) != (tlsKey == null)) {
            throw new IllegalArgumentException("--tls-certificate and --tls-key go together; give both");
        }
        return tlsCertificate == null || tlsKey == null ? null : new TlsFiles(tlsCertificate, tlsKey);
    }
}
