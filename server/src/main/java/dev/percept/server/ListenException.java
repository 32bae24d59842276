package dev.percept.server;

import java.io.IOException;

/** The address can't be listened on: its port is in use, or it is not this machine's. Its message is one line. */
public final class ListenException extends IOException {
    private static final long serialVersionUID = 1L;

    ListenException(String message, Throwable cause) {
        super(message, cause);
    }
}
