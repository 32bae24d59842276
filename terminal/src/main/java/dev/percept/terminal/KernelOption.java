package dev.percept.terminal;

import dev.percept.Kernels;
import dev.percept.LossOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How convolutions are evaluated on the CPU: a mixin for every command that scores. */
public final class KernelOption {
    @Option(
            names = "--kernels",
            paramLabel = "KERNELS",
            converter = Choices.class,
            completionCandidates = Choices.class,
            description =
                    "How 3x3 convolutions run on the CPU: plain; winograd, in about half the time and less exact by"
                            + " some millionths; or auto, the default: plain until enough pictures of one size have come.")
    private @Nullable Kernels kernels;

    /** These options with the given one. */
    public LossOptions applyTo(LossOptions options) {
        return kernels == null ? options : options.withKernels(kernels);
    }

    /** {@code --kernels}. */
    static final class Choices extends Choice<Kernels> {
        private static final long serialVersionUID = 1L;

        Choices() {
            super(Kernels.class);
        }
    }
}
