package dev.percept.cli;

import dev.percept.Version;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code percept --version} prints: which build this is, and what it runs on. */
final class BuildFacts implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        Properties build = new Properties();
        try (InputStream in = BuildFacts.class.getResourceAsStream("build.properties")) {
            if (in != null) {
                build.load(in);
            }
        }
        String commit = build.getProperty("commit", "");
        List<String> lines = new ArrayList<>();
        lines.add("percept " + Version.percept() + (commit.isBlank() ? "" : " (commit " + commit + ")"));
        lines.add("built by JDK " + build.getProperty("jdk", "unknown") + " for Java "
                + build.getProperty("release", "unknown") + " and newer");
        lines.add("with " + build.getProperty("onnxruntime", "an unknown ONNX Runtime"));
        lines.add("on Java " + System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + "), "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        // picocli takes these for format strings.
        return lines.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new);
    }
}
