package dev.percept.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.Alpha;
import dev.percept.IccProfile;
import dev.percept.ImageLimits;
import dev.percept.ImageOptions;
import dev.percept.Orientation;
import dev.percept.Resize;
import dev.percept.ResizeFilter;
import dev.percept.SizeMismatch;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class PictureOptionsTest {
    private static final ImageOptions DEFAULTS = ImageOptions.defaults();

    /** A command that takes them, as score and serve do. */
    @Command(name = "test")
    private static final class Program {
        @Mixin
        private PictureOptions pictures = new PictureOptions();
    }

    private static ImageOptions parse(String arguments) {
        Program program = new Program();
        new CommandLine(program).parseArgs(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1));
        return program.pictures.applyTo(DEFAULTS);
    }

    @Test
    void withoutOptionsNothingChanges() {
        assertThat(parse("")).isEqualTo(DEFAULTS);
    }

    @Test
    void eachOptionIsUsed() {
        ImageLimits limits = ImageLimits.defaults();
        assertThat(parse("--size-mismatch crop")).isEqualTo(DEFAULTS.withSizeMismatch(SizeMismatch.CROP));
        assertThat(parse("--size-mismatch resize --filter lanczos"))
                .isEqualTo(DEFAULTS.withSizeMismatch(SizeMismatch.RESIZE).withFilter(ResizeFilter.LANCZOS));
        assertThat(parse("--resize 224x112")).isEqualTo(DEFAULTS.withResize(new Resize.Exactly(224, 112)));
        assertThat(parse("--resize short:256 --filter box"))
                .isEqualTo(DEFAULTS.withResize(new Resize.ShortSide(256)).withFilter(ResizeFilter.BOX));
        assertThat(parse("--alpha worst")).isEqualTo(DEFAULTS.withAlpha(Alpha.WORST));
        assertThat(parse("--orientation ignore")).isEqualTo(DEFAULTS.withOrientation(Orientation.IGNORE));
        assertThat(parse("--icc ignore")).isEqualTo(DEFAULTS.withIcc(IccProfile.IGNORE));
        assertThat(parse("--max-bytes 8M").limits()).isEqualTo(limits.withBytes(8 << 20));
        assertThat(parse("--max-pixels 1000").limits()).isEqualTo(limits.withPixels(1000));
        assertThat(parse("--max-side 99").limits()).isEqualTo(limits.withSide(99));
        assertThat(parse("--max-scored-pixels 7").limits()).isEqualTo(limits.withScoredPixels(7));
        assertThat(parse("--decode-timeout 5").limits()).isEqualTo(limits.withTime(Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--size-mismatch stretch",
                "--filter nearest",
                "--alpha grey",
                "--orientation apply-it",
                "--icc srgb",
                "--resize 224",
                "--resize 0x5",
                "--resize 5x65536",
                "--resize short:",
                "--resize 224X224",
                "--max-pixels many"
            })
    void whatIsNoValueIsRefused(String arguments) {
        assertThatThrownBy(() -> parse(arguments))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(arguments.split(" ", 2)[0]);
    }

    @ParameterizedTest
    @CsvSource({
        "--max-bytes 0, --max-bytes",
        "--max-pixels 0, --max-pixels",
        "--max-side -1, --max-side",
        "--max-scored-pixels 9999999999, --max-scored-pixels",
        "--decode-timeout 0, --decode-timeout",
        "--filter box, --resize"
    })
    void whatCannotBeIsRefusedByTheOptionsName(String arguments, String named) {
        assertThatThrownBy(() -> parse(arguments))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(named);
    }
}
