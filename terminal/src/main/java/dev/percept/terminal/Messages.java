package dev.percept.terminal;

/** How messages are written for people. */
public final class Messages {
    private Messages() {}

    /** Folds white space, control characters and line breaks into single spaces. */
    public static String oneLine(String text) {
        return text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    }
}
