package dev.percept.benchmarks.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What {@code benchmarks/profile/run} prints, with the model that is always there. */
class OperatorShareIT {
    private static final Pattern SHARE = Pattern.compile("\\| ([0-9.]+) % \\|");

    @Test
    void partsAddUpToTheWhole() throws Exception {
        String printed = printed("nlpd", "1");

        assertThat(printed)
                .contains("plain kernels: ", "winograd kernels: ", "| convolutions | ", "| between operators | ");
        double shares = SHARE.matcher(printed)
                .results()
                .map(MatchResult::group)
                .mapToDouble(cell -> Double.parseDouble(cell.replaceAll("[|% ]", "")))
                .sum();
        int rows = (int) SHARE.matcher(printed).results().count();
        // Two tables of whole hundreds, each row rounded to a tenth.
        assertThat(shares).isCloseTo(200, within(0.05 * rows));
    }

    private static String printed(String... arguments) throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            OperatorShare.main(arguments);
        } finally {
            System.setOut(out);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
