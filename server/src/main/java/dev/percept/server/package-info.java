/**
 * The HTTP service: a {@link dev.percept.server.PerceptServer} holds one model and scores the pictures that it is sent.
 *
 * <p>A request passes the same stations in the same order: it gets a request id; it is admitted, or refused before its
 * body is read; its body is read into memory, never onto the disk; the <em>reference</em> and the <em>candidates</em> in
 * it wait for their turn, are scored, and answered with a {@link dev.percept.ScoreReport}. Everything else is answered
 * with problem details (RFC 9457). {@code docs/server.md} is the page for its users.
 */
@NullMarked
package dev.percept.server;

import org.jspecify.annotations.NullMarked;
