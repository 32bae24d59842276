package dev.percept;

/** A {@code percept.spec} that can't be read; the message names the field. Becomes a {@link ModelException}. */
final class SpecSyntaxException extends Exception {
    private static final long serialVersionUID = 1L;

    SpecSyntaxException(String message) {
        super(message);
    }
}
