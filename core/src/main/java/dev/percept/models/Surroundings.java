package dev.percept.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What an installation finds around it, and tests give otherwise.
 *
 * @param environment variables
 * @param disk tells the room below a folder
 * @param pauseMillis before the second try of a download
 * @param stall after so long without a byte a connection is given up
 */
record Surroundings(Map<String, String> environment, Disk disk, long pauseMillis, Duration stall) {
    /** Room on disks. */
    interface Disk {
        /** Bytes that can be written in a folder. */
        long usable(Path folder) throws IOException;
    }

    /** Those of this process. */
    static Surroundings real() {
        return new Surroundings(
                System.getenv(), folder -> Files.getFileStore(folder).getUsableSpace(), 1000, Duration.ofSeconds(30));
    }
}
