package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadStartTest {
    @Test
    void scoringHasOne() {
        assertThat(HeadStart.isOfUseTo(List.of("score", "a.png", "b.png"))).isTrue();
    }

    /** Elsewhere ONNX Runtime may not be loaded, or not before it is known from where. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "inspect nlpd",
                "--version",
                "score --help",
                "score -h",
                "score a.png b.png --native-dir /opt/ort",
                "score --native-dir=/opt/ort a.png b.png"
            })
    void otherCommandLinesHaveNone(String line) {
        assertThat(HeadStart.isOfUseTo(line.isEmpty() ? List.of() : List.of(line.split(" "))))
                .isFalse();
    }
}
