package dev.percept.server;

import dev.percept.Backbone;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
 * @param models at least one; the first is the default, for requests that name none
 * @param options how each of them is run
 * @param limits how much it takes on
 * @param security whom it answers, how often, and over what
 */
public record ServerConfig(
        String host,
        int port,
        boolean allowRemote,
        List<ServerModel> models,
        LossOptions options,
        ServerLimits limits,
        ServerSecurity security) {
    public ServerConfig {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
        }
        models = List.copyOf(models);
        if (models.isEmpty()) {
            throw new IllegalArgumentException("a server needs a model");
        }
        Set<String> aliases = new HashSet<>();
        for (ServerModel each : models) {
            if (each.alias() != null && !aliases.add(each.alias())) {
                throw twice(each.alias());
            }
        }
    }

    static IllegalArgumentException twice(String name) {
        return new IllegalArgumentException(
                "two models are called " + name + "; call one of them otherwise: --model ALIAS=FILE");
    }

    /** The embedded model on 127.0.0.1:8080, for this machine only. */
    public static ServerConfig defaults() {
        return new ServerConfig(
                "127.0.0.1",
                8080,
                false,
                List.of(new ServerModel(null, Backbone.EMBEDDED)),
                LossOptions.defaults(),
                ServerLimits.defaults(),
                ServerSecurity.defaults());
    }

    /** This, listening on another address of this machine. */
    public ServerConfig withAddress(String newHost, int newPort) {
        return new ServerConfig(newHost, newPort, allowRemote, models, options, limits, security);
    }

    /** This, allowing or refusing an address that other machines reach. */
    public ServerConfig withAllowRemote(boolean newAllowRemote) {
        return new ServerConfig(host, port, newAllowRemote, models, options, limits, security);
    }

    /**
     * This with one other model, run like that.
     *
     * @param model name or file
     */
    public ServerConfig withModel(String model, LossOptions newOptions) {
        return withModels(List.of(new ServerModel(null, model)), newOptions);
    }

    /**
     * This with other models, run like that.
     *
     * @throws IllegalArgumentException if there is none, or two have one alias
     */
    public ServerConfig withModels(List<ServerModel> newModels, LossOptions newOptions) {
        return new ServerConfig(host, port, allowRemote, newModels, newOptions, limits, security);
    }

    /** This with other limits. */
    public ServerConfig withLimits(ServerLimits newLimits) {
        return new ServerConfig(host, port, allowRemote, models, options, newLimits, security);
    }

    /** This with other security. */
    public ServerConfig withSecurity(ServerSecurity newSecurity) {
        return new ServerConfig(host, port, allowRemote, models, options, limits, newSecurity);
    }

    /** Loads the default model. */
    PerceptualLoss load() {
        return load(models.get(0));
    }

    /** Loads one of the models. */
    PerceptualLoss load(ServerModel model) {
        return PerceptualLoss.load(Backbone.open(model.source()), options);
    }
}
