package dev.percept.server;

import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.LossOptions;
import dev.percept.PerceptHome;
import dev.percept.PerceptualLoss;
import dev.percept.terminal.ByteSize;
import dev.percept.terminal.DeviceName;
import dev.percept.terminal.GpuOptions;
import dev.percept.terminal.KernelOption;
import dev.percept.terminal.MemoryBudget;
import dev.percept.terminal.PictureOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which models the program loads, how they run, and how pictures are read for them: a mixin of {@link Main}. */
final class ModelOptions {
    @Option(
            names = "--model",
            paramLabel = "NAME|FILE|ALIAS=FILE",
            split = "[,\\n]",
            description =
                    "Model; the one that is set as default, else nlpd, where none is named. Several are given by several options, or"
                            + " separated by commas or line ends; requests name the one that they want, else get the first. ALIAS is what they call it"
                            + " then; otherwise the name that it has itself.")
    private List<String> models = new ArrayList<>();

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            converter = DeviceName.class,
            completionCandidates = DeviceName.class,
            description = "auto, cpu, cuda or cuda:N.")
    private Device device = Device.AUTO;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads inside an operator, on the CPU. Default: one per processor.",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private int threads = LossOptions.defaults().threads();

    @Option(
            names = "--reference-cache",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "How much of references' features is kept on the CPU for later requests, such as 1G; 0 for none."
                            + " Default: 256M.",
            showDefaultValue = CommandLine.Help.Visibility.NEVER)
    private long referenceCache = LossOptions.DEFAULT_REFERENCE_CACHE;

    @Mixin
    private MemoryBudget memory = new MemoryBudget();

    @Mixin
    private PictureOptions pictures = new PictureOptions();

    @Mixin
    private KernelOption kernels = new KernelOption();

    @Mixin
    private GpuOptions gpu = new GpuOptions();

    /**
     * This configuration with the given model, run as the options say.
     *
     * @throws IllegalArgumentException if one has a value that it can't have
     */
    ServerConfig applyTo(ServerConfig config) {
        LossOptions defaults = LossOptions.defaults();
        LossOptions options = kernels.applyTo(gpu.applyTo(memory.applyTo(
                        defaults.withDevice(device).withThreads(threads).withReferenceCacheBytes(referenceCache))))
                .withImages(pictures.applyTo(defaults.images()));
        List<ServerModel> wanted = models.stream()
                .filter(model -> !model.isBlank())
                .map(ServerModel::of)
                .toList();
        return config.withModels(
                models.isEmpty()
                        ? List.of(new ServerModel(null, PerceptHome.ofUser().defaultModel()))
                        : wanted,
                options);
    }

    /**
     * Loads a model of a configuration.
     *
     * @throws IllegalArgumentException if it can't run as the options say
     */
    PerceptualLoss load(ServerModel model, ServerConfig config) {
        Backbone backbone = Backbone.open(model.source());
        gpu.requireFit(backbone);
        return PerceptualLoss.load(backbone, config.options());
    }
}
