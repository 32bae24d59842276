package dev.percept.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.Kernels;
import dev.percept.LossOptions;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class KernelOptionTest {
    /** A command that takes it, as score and serve do. */
    @Command(name = "test")
    private static final class Program {
        @Mixin
        private KernelOption kernels = new KernelOption();
    }

    private static LossOptions options(String... arguments) {
        Program program = new Program();
        new CommandLine(program).parseArgs(arguments);
        return program.kernels.applyTo(LossOptions.defaults());
    }

    @Test
    void kernelsAreChosen() {
        assertThat(options()).isEqualTo(LossOptions.defaults());
        assertThat(options().kernels()).isEqualTo(Kernels.AUTO);
        assertThat(options("--kernels", "auto").kernels()).isEqualTo(Kernels.AUTO);
        assertThat(options("--kernels", "plain").kernels()).isEqualTo(Kernels.PLAIN);
        assertThat(options("--kernels", "winograd").kernels()).isEqualTo(Kernels.WINOGRAD);
    }

    @Test
    void othersAreMisuse() {
        assertThatThrownBy(() -> options("--kernels", "fft"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("'fft' is none of auto, plain, winograd");
    }
}
