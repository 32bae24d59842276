package dev.percept.cli;

import dev.percept.PerceptHome;
import dev.percept.terminal.Messages;
import java.io.InputStream;
import java.io.PrintWriter;

/**
 * What every command is given.
 *
 * @param console where it prints
 * @param folders where settings and models lie
 */
record Session(Console console, PerceptHome folders) {
    InputStream in() {
        return console.in();
    }

    PrintWriter out() {
        return console.out();
    }

    /** One line on standard error. */
    void complain(String message) {
        console.err().println("percept: " + Messages.oneLine(message));
    }

    /** One line on standard error that is neither result nor complaint. */
    void say(String message) {
        console.err().println(Messages.oneLine(message));
    }

    /** One line on standard error that doesn't change the exit code. */
    void warn(String message) {
        console.err().println("warning: " + Messages.oneLine(message));
    }
}
