package dev.percept;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** What this build says of itself. */
public final class Version {
    private static final Properties BUILD = read();

    private Version() {}

    private static Properties read() {
        Properties build = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("build.properties")) {
            if (in != null) {
                build.load(in);
            }
        } catch (IOException e) {
            throw new IllegalStateException("build.properties can't be read from the jar", e);
        }
        return build;
    }

    /** Percept's version. */
    public static String percept() {
        return BUILD.getProperty("version", "unknown");
    }
}
