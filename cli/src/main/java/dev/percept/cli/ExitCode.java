package dev.percept.cli;

import dev.percept.DeviceException;
import dev.percept.ImageException;
import dev.percept.PerceptException;

/** What the process answers with; documented in {@code docs/cli.md}. */
final class ExitCode {
    static final int OK = 0;
    /** A score is above {@code --fail-above}. */
    static final int ABOVE_THRESHOLD = 1;
    /** The command line is wrong, or a variable of the environment. */
    static final int USAGE = 2;
    /** A picture can't be read or scored. */
    static final int IMAGE = 3;
    /** A model can't be used. */
    static final int MODEL = 4;
    /** A device or native library isn't there. */
    static final int DEVICE = 5;
    /** A mistake in Percept, or no memory left: EX_SOFTWARE of sysexits. */
    static final int INTERNAL = 70;
    /** Standard output can't be written: EX_IOERR of sysexits. */
    static final int OUTPUT = 74;

    private ExitCode() {}

    static int of(PerceptException e) {
        if (e instanceof ImageException) {
            return IMAGE;
        }
        return e instanceof DeviceException ? DEVICE : MODEL;
    }
}
