package dev.percept.server;

import java.nio.file.Path;

/**
 * What a server needs to speak TLS, in PEM files.
 *
 * @param certificate the server's own, and after it those that lead to one that clients know
 * @param key its private key, as PKCS #8 without a password ({@code BEGIN PRIVATE KEY})
 */
public record TlsFiles(Path certificate, Path key) {}
