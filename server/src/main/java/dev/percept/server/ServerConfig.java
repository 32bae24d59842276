package dev.percept.server;

import dev.percept.Backbone;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;

/**
 * Where a {@link PerceptServer} listens, what it loads, and how much it takes on. Immutable.
 *
 * <pre>{@code
 * ServerConfig config = ServerConfig.defaults()
 *         .withAddress("127.0.0.1", 0)
 *         .withModel("vgg19.onnx", LossOptions.defaults().withDevice(Device.CPU));
 * }</pre>
 *
 * @param host name or address to listen on
 * @param port to listen on; 0 takes a free one
 * @param allowRemote whether an address that other machines reach may be listened on without keys
 * @param model name or file of the model
 * @param options how the model is run
 * @param limits how much it takes on
 * @param security whom it answers, how often, and over what
 */
public record ServerConfig(
        String host,
        int port,
        boolean allowRemote,
        String model,
        LossOptions options,
        ServerLimits limits,
        ServerSecurity security) {
    public ServerConfig {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
        }
    }

    /** The embedded model on 127.0.0.1:8080, for this machine only. */
    public static ServerConfig defaults() {
        return new ServerConfig(
                "127.0.0.1",
                8080,
                false,
                Backbone.EMBEDDED,
                LossOptions.defaults(),
                ServerLimits.defaults(),
                ServerSecurity.defaults());
    }

    /** This, listening on another address of this machine. */
    public ServerConfig withAddress(String newHost, int newPort) {
        return new ServerConfig(newHost, newPort, allowRemote, model, options, limits, security);
    }

    /** This, allowing or refusing an address that other machines reach. */
    public ServerConfig withAllowRemote(boolean newAllowRemote) {
        return new ServerConfig(host, port, newAllowRemote, model, options, limits, security);
    }

    /** This with another model, run like that. */
    public ServerConfig withModel(String newModel, LossOptions newOptions) {
        return new ServerConfig(host, port, allowRemote, newModel, newOptions, limits, security);
    }

    /** This with other limits. */
    public ServerConfig withLimits(ServerLimits newLimits) {
        return new ServerConfig(host, port, allowRemote, model, options, newLimits, security);
    }

    /** This with other security. */
    public ServerConfig withSecurity(ServerSecurity newSecurity) {
        return new ServerConfig(host, port, allowRemote, model, options, limits, newSecurity);
    }

    /** Loads the model. */
    PerceptualLoss load() {
        return PerceptualLoss.load(Backbone.open(model), options);
    }
}
