package dev.percept;

import java.nio.file.FileSystemException;
import java.util.Locale;

/**
 * What Percept throws when a score can't be had. Its message is one line: where, what, and what to do about it.
 *
 * <p>The three kinds tell whose turn it is: an {@link ImageException} is about a picture, a {@link ModelException}
 * about a model file, a {@link DeviceException} about the machine.
 */
public abstract sealed class PerceptException extends RuntimeException
        permits ImageException, ModelException, DeviceException {
    private static final long serialVersionUID = 1L;

    private final String problem;

    /**
     * @param where the file, picture, model or device it is about
     * @param problem what is wrong with it
     * @param remedy what the reader can do, in the imperative
     */
    PerceptException(String where, String problem, String remedy) {
        super(oneLine(where + ": " + problem + "; " + remedy));
        this.problem = oneLine(problem);
    }

    /** What is wrong, as in the message, without where and what to do. */
    String problem() {
        return problem;
    }

    /** What a caught exception says, for people: its message, or failing that its kind in words, without Java's class names. */
    public static String reason(Throwable cause) {
        String message = cause.getMessage();
        if (cause instanceof FileSystemException file && file.getReason() != null) {
            message = file.getReason();
        }
        if (message == null || message.isBlank()) {
            // NoSpaceLeftException becomes "no space left".
            message = cause.getClass()
                    .getSimpleName()
                    .replaceAll("(Exception|Error)$", "")
                    .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                    .toLowerCase(Locale.ROOT);
        }
        // Image readers wrap each other's exceptions, and write the classes into the text.
        return oneLine(message.replaceAll("\\b(?:javax?|jdk|sun|com|org|ai|dev)\\.(?:\\w+\\.)*[A-Z][\\w$]*:?\\s*", ""));
    }

    /** Folds white space, control characters and line breaks of a foreign message into single spaces. */
    static String oneLine(String text) {
        return text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    }
}
