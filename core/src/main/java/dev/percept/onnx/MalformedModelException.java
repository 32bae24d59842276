package dev.percept.onnx;

/** A model that must not reach the native library; the message says what is wrong with it. */
public final class MalformedModelException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedModelException(String message) {
        super(message);
    }

    MalformedModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
