package dev.percept.server;

/** Where a server is in its life. */
enum Phase {
    STARTING("starting: models are being loaded"),
    READY("ready"),
    STOPPING("stopping: requests that were admitted are finished, new ones are refused");

    private final String reason;

    Phase(String reason) {
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
