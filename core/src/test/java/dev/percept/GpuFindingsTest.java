package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.onnx.CudaLibraries;
import dev.percept.onnx.NvidiaDriver;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GpuFindingsTest {
    private static final NvidiaDriver DRIVER = new NvidiaDriver("580.65", 580);

    @Test
    void whereNothingCouldBeLoadedNothingIsSaidOfHowItWasBuilt() {
        for (@Nullable NvidiaDriver driver : new @Nullable NvidiaDriver[] {null, DRIVER}) {
            assertThat(findings(driver).of(null))
                    .extracting(Diagnosis.Finding::value)
                    .last()
                    .isEqualTo("not looked for, because ONNX Runtime could not be loaded");
            assertThat(findings(driver).of(null))
                    .noneMatch(finding -> finding.value().contains("built without"));
        }
    }

    /** Whoever took natives for CUDA expects them to be whole, with or without a driver. */
    @Test
    void aProviderThatCannotBeReadIsAProblemWithoutADriver() {
        CudaLibraries unreadable = new CudaLibraries(0, List.of(), List.of(), "it can't be read");
        assertThat(findings(null).of(unreadable, "of a test"))
                .filteredOn(finding -> finding.name().equals("CUDA libraries"))
                .containsExactly(Diagnosis.Finding.problem(
                        "CUDA libraries",
                        "unknown: ONNX Runtime's CUDA provider can't be loaded: it can't be read",
                        "repair the folder of natives, which was of a test"));
    }

    @Test
    void aFailureToLoadIsTakenApart() {
        assertThat(DiagnosisRun.notLoaded(
                        new DeviceException("ONNX Runtime", "the libraries in /x differ", "take others")))
                .isEqualTo(Diagnosis.Finding.problem("ONNX Runtime", "the libraries in /x differ", "take others"));
        assertThat(DiagnosisRun.notLoaded(new DeviceException("/x", "there is no such folder", "check that folder")))
                .isEqualTo(
                        Diagnosis.Finding.problem("ONNX Runtime", "/x: there is no such folder", "check that folder"));
    }

    @Test
    void nativesOfAnotherVersionAreNoted() {
        assertThat(DiagnosisRun.version("1.28.0", "1.28.0"))
                .isEqualTo(Diagnosis.Finding.fact("ONNX Runtime", "1.28.0"));
        assertThat(DiagnosisRun.version("1.28.0", null)).isEqualTo(Diagnosis.Finding.fact("ONNX Runtime", "1.28.0"));
        assertThat(DiagnosisRun.version("1.26.0", "1.28.0"))
                .isEqualTo(new Diagnosis.Finding(
                        "ONNX Runtime", "1.26.0, but its Java classes are of 1.28.0", false, "take natives of 1.28.0"));
    }

    private static GpuFindings findings(@Nullable NvidiaDriver driver) {
        return new GpuFindings(driver, () -> Diagnosis.Finding.problem("GPU", "fails", "see docs/gpu.md"));
    }
}
