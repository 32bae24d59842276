package dev.percept.server;

import picocli.CommandLine.Option;

/** Where the program listens: a mixin of {@link Main}. */
final class ListenOptions {
    @Option(names = "--host", paramLabel = "HOST", description = "Address to listen on.")
    private String host = ServerConfig.defaults().host();

    @Option(names = "--port", paramLabel = "PORT", description = "Port to listen on; 0 takes a free one.")
    private int port = ServerConfig.defaults().port();

    @Option(
            names = "--allow-remote",
            description = "Listen without keys on an address that other machines reach: whoever reaches it can use it.")
    private boolean allowRemote;

    /**
     * This configuration with the given address.
     *
     * @throws IllegalArgumentException if the port is out of range
     */
    ServerConfig applyTo(ServerConfig config) {
        return config.withAddress(host, port).withAllowRemote(allowRemote);
    }
}
