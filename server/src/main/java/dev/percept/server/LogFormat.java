package dev.percept.server;

/** How lines of the log are written. */
enum LogFormat {
    /** For people: time, level, where, message, and {@code name=value} of what was noted. */
    TEXT,
    /** For programs: one JSON object a line. */
    JSON
}
