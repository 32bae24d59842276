package dev.percept.benchmarks.endure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The file of results: what each scenario printed when it was last run in full. */
final class Results {
    private static final String HEAD =
            "# What the service endured\n\nWritten by `benchmarks/endure/serve`: each scenario as it was last run in full.\n";

    private Results() {}

    /** Puts what a scenario printed in the place of what it printed before: beside the file first, then moved. */
    static void replace(Path file, String scenario, String printed) throws IOException {
        String before = Files.exists(file) ? Files.readString(file) : HEAD;
        String title = "\n## " + scenario + "\n";
        String section = title + "```\n" + printed.stripTrailing() + "\n```\n";
        int from = before.indexOf(title);
        int next = before.indexOf("\n## ", from + 1);
        String after = from < 0
                ? before + section
                : before.substring(0, from) + section + (next < 0 ? "" : before.substring(next));
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(beside, after);
        Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    }
}
