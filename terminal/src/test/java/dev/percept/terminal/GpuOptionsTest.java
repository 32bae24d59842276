package dev.percept.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.CudaOptions;
import dev.percept.LossOptions;
import dev.percept.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class GpuOptionsTest {
    private static final LossOptions DEFAULTS = LossOptions.defaults();
    /** A command that takes them, as score and serve do. */
    @Command(name = "test")
    private static final class Program {
        @Mixin
        private GpuOptions gpu = new GpuOptions();
    }

    private static GpuOptions parse(String arguments) {
        Program program = new Program();
        new CommandLine(program).parseArgs(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
        return program.gpu;
    }

    private static CudaOptions cuda(String arguments) {
        LossOptions options = parse(arguments).applyTo(DEFAULTS);
        assertThat(options.precision()).isNull();
        return options.cuda();
    }

    @Test
    void withoutOptionsNothingChanges() {
        assertThat(parse("").applyTo(DEFAULTS)).isEqualTo(DEFAULTS);
    }

    @Test
    void eachOptionIsUsed() {
        CudaOptions defaults = CudaOptions.defaults();
        assertThat(cuda("--gpu-memory 8G")).isEqualTo(defaults.withMemoryBytes(8L << 30));
        assertThat(cuda("--gpu-batch 512M")).isEqualTo(defaults.withBatchBytes(512L << 20));
        assertThat(cuda("--gpu-arena next-power-of-two"))
                .isEqualTo(defaults.withArena(CudaOptions.Arena.NEXT_POWER_OF_TWO));
        assertThat(cuda("--cudnn-search exhaustive"))
                .isEqualTo(defaults.withConvolutionSearch(CudaOptions.ConvolutionSearch.EXHAUSTIVE));
        assertThat(cuda("--cudnn-search default"))
                .isEqualTo(defaults.withConvolutionSearch(CudaOptions.ConvolutionSearch.DEFAULT));
        assertThat(cuda("--nhwc")).isEqualTo(defaults.withNhwc(true));
        assertThat(cuda("--tensorrt")).isEqualTo(defaults.withTensorRt(true));
        assertThat(parse("--precision tf32").applyTo(DEFAULTS)).isEqualTo(DEFAULTS.withPrecision(Precision.TF32));
    }

    @Test
    void oneThatIsGivenTwiceIsMisuse() {
        for (String twice : List.of(
                "--gpu-memory 1G --gpu-memory 2G", "--nhwc --tensorrt --nhwc", "--precision=fp16 --precision fp32")) {
            assertThatThrownBy(() -> parse(twice))
                    .isInstanceOf(ParameterException.class)
                    .hasMessageContaining("only once");
        }
    }

    @Test
    void allTogether() {
        String arguments = "--nhwc --gpu-memory=1G --precision fp16 --gpu-batch=1K --tensorrt --gpu-arena"
                + " same-as-requested --cudnn-search heuristic";
        assertThat(parse(arguments).applyTo(DEFAULTS))
                .isEqualTo(DEFAULTS.withPrecision(Precision.FP16)
                        .withCuda(CudaOptions.defaults()
                                .withNhwc(true)
                                .withTensorRt(true)
                                .withMemoryBytes(1 << 30)
                                .withBatchBytes(1024)));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "1023, 1023", "2K, 2048", "3M, 3145728", "9223372036854775807, 9223372036854775807"})
    void sizes(String text, long bytes) {
        assertThat(cuda("--gpu-memory " + text).memoryBytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--gpu-memory=-1",
                "--gpu-memory=8GB",
                "--gpu-memory=G",
                "--gpu-memory=",
                "--gpu-memory=1.5G",
                "--gpu-memory=9223372036854775808",
                "--gpu-memory=8589934592G",
                "--gpu-batch=x",
                "--precision=fp64",
                "--precision=FP16",
                "--gpu-arena=kSameAsRequested",
                "--cudnn-search=fast"
            })
    void otherValuesAreRefusedByName(String argument) {
        String[] parts = argument.split("=", -1);
        assertThatThrownBy(() -> parse(argument))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("'" + parts[0] + "'")
                .hasMessageContaining("'" + parts[1] + "'")
                .hasMessageNotContaining("Exception");
    }

    @Test
    void aBatchOfNothingIsRefused() {
        assertThatThrownBy(() -> parse("--gpu-batch 0").applyTo(DEFAULTS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--gpu-batch");
    }

    private static void assertRefused(String arguments, Precision numbers, String... said) {
        assertThatThrownBy(() -> parse(arguments).requireFit("vgg19", numbers))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(said);
    }

    private static void assertFits(String arguments, Precision numbers) {
        assertThatCode(() -> parse(arguments).requireFit("vgg19", numbers)).doesNotThrowAnyException();
    }

    @Test
    void aModelOfAnotherPrecisionIsRefusedWithTheRemedy() {
        assertRefused(
                "--precision fp16",
                Precision.FP32,
                "--precision fp16",
                "vgg19 is in fp32",
                "percept export vgg19 --precision fp16");
        assertRefused(
                "--precision fp32", Precision.FP16, "--precision fp32", "vgg19 is in fp16", "percept export vgg19");
        assertRefused("--precision tf32", Precision.FP16, "--precision tf32", "vgg19 is in fp16");
        for (String fits : List.of("", "--precision fp32", "--precision tf32")) {
            assertFits(fits, Precision.FP32);
        }
        for (String fits : List.of("", "--precision fp16")) {
            assertFits(fits, Precision.FP16);
        }
    }

    @Test
    void tensorRtIsRefusedInFp32() {
        for (String refused : List.of("--tensorrt", "--tensorrt --precision fp32")) {
            assertRefused(refused, Precision.FP32, "--tensorrt", "TF32", "--precision tf32", "fp16");
        }
        assertFits("--tensorrt --precision tf32", Precision.FP32);
        assertFits("--tensorrt", Precision.FP16);
    }

    @Test
    void channelsLastAreRefusedInFp32() {
        assertRefused("--nhwc", Precision.FP32, "--nhwc", "TF32", "--precision tf32");
        assertFits("--nhwc --precision tf32", Precision.FP32);
        assertFits("--nhwc", Precision.FP16);
    }
}
