package dev.percept.benchmarks.endure;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is run, and for how long.
 *
 * @param product the folder that a release archive has
 * @param quick whether this is the short form, which looks at no times
 * @param loadSeconds how long each model is under load
 * @param times how often what is repeated is
 * @param corpusTimes how often each malformed picture is sent
 * @param soakMinutes how long the soak is
 * @param vgg19 its file, or null for nlpd alone
 * @param corpus folder of the malformed pictures; need not be there
 */
record Setup(
        Path product,
        boolean quick,
        int loadSeconds,
        int times,
        int corpusTimes,
        int soakMinutes,
        @Nullable Path vgg19,
        Path corpus) {
    static final double MIB = 1 << 20;

    private static final int ROUNDS = 3;
    private static final int MOST_SECONDS = 60;

    /** How often two things are measured in turns, since a machine's speed changes. */
    int rounds() {
        return quick ? 1 : ROUNDS;
    }

    /** For how long each is measured in one turn. */
    int roundSeconds() {
        return Math.min(MOST_SECONDS, loadSeconds) / ROUNDS;
    }
}
