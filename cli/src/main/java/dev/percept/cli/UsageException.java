package dev.percept.cli;

/** An option's value that only turns out to be wrong after parsing, such as a layer that the model doesn't have. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }

    UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
