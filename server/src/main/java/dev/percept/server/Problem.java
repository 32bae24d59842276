package dev.percept.server;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.percept.terminal.Messages;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Problem details for an answer that is not a result (RFC 9457). Everything in it is meant for the client: no path of this
 * machine, no class name, no stack trace.
 *
 * @param status of the answer
 * @param id the last part of its {@code type}; a client can rely on it
 * @param title the same for all of this type
 * @param detail what is the matter this time, and what to do
 * @param retryAfter seconds after which the same request may succeed, with nobody doing anything; 0 if there is no such time
 */
record Problem(int status, String id, String title, String detail, long retryAfter) {
    static final String CONTENT_TYPE = "application/problem+json";

    /** Of {@link #tooSlow}. */
    static final int TOO_SLOW = 408;

    private static final String BAD_REQUEST = "bad-request";
    private static final String MALFORMED = "The request is malformed";
    private static final String TYPE = "urn:percept:problem:";
    private static final String INSTANCE = "urn:percept:request:";
    private static final Gson JSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private Problem(int status, String id, String title, String detail) {
        this(status, id, title, detail, 0);
    }

    static Problem badHeader(String detail) {
        return new Problem(400, BAD_REQUEST, MALFORMED, detail);
    }

    static Problem badForm(String detail) {
        return new Problem(400, "bad-form", "The form is not as it should be", detail);
    }

    static Problem unauthorized(String detail) {
        return new Problem(401, "unauthorized", "A key is needed", detail);
    }

    static Problem crossOrigin() {
        return new Problem(
                403,
                "cross-origin",
                "Pages of other origins may not do this",
                "Whoever runs the server can allow the page's origin with --cors-origin.");
    }

    static Problem notFound() {
        return new Problem(404, "not-found", "There is nothing here", "GET /openapi.yaml describes the endpoints.");
    }

    static Problem wrongMethod(String allowed) {
        return new Problem(405, "wrong-method", "This endpoint takes another method", "Use " + allowed + ".");
    }

    static Problem tooSlow(String detail) {
        return new Problem(TOO_SLOW, "too-slow", "The body did not arrive in time", detail);
    }

    static Problem tooLarge(int maxBodyBytes) {
        return new Problem(
                413,
                "too-large",
                "The body is too large",
                "At most " + maxBodyBytes + " bytes are read; send fewer or smaller pictures.");
    }

    static Problem wrongContentType() {
        return new Problem(
                415,
                "wrong-content-type",
                "The body is not a form",
                "Send multipart/form-data with one field reference and one or more fields candidate.");
    }

    static Problem wrongHost() {
        return new Problem(
                421,
                "wrong-host",
                "The server is not known by this name",
                "It has no keys and answers this machine only: as localhost, or by its address.");
    }

    static Problem tooMany(long retryAfter) {
        return new Problem(
                429,
                "too-many",
                "Too many requests",
                "This client sends more than it may; come back after Retry-After.",
                retryAfter);
    }

    static Problem notAPicture() {
        return new Problem(
                415, "wrong-content-type", "The body is not a picture", "Send image/* or application/octet-stream.");
    }

    static Problem referenceTooLarge(long mostBytes) {
        return new Problem(
                413,
                "too-large",
                "The body is too large",
                "At most " + mostBytes + " bytes of references are kept; send it with each request instead.");
    }

    static Problem unknownReference() {
        return new Problem(
                404,
                "unknown-reference",
                "The reference is not kept",
                "It never was, or not any more; send it again with PUT " + ReferenceEndpoints.PATH + ".");
    }

    static Problem unknownModel(String name, List<String> models) {
        return new Problem(
                404,
                "unknown-model",
                "There is no such model",
                "There is no model '" + FormParts.printable(name) + "'; there are " + String.join(", ", models) + ".");
    }

    static Problem noKeys() {
        return new Problem(
                403,
                "no-keys",
                "This needs keys",
                "The server has none, and so can't tell who may do this; start it with --keys, or send its process SIGHUP.");
    }

    static Problem reloadRunning(String model) {
        return new Problem(
                409,
                "reload-running",
                "The model is being reloaded",
                "The model " + model + " is being reloaded already; come back when that is done.");
    }

    static Problem badModel(String model) {
        return new Problem(
                422,
                "bad-model",
                "The model can't be used",
                "What was to replace the model " + model
                        + " can't be loaded, or doesn't pass its warm-up; the one before stays. The server's log says why.");
    }

    static Problem unreadableImage(String detail) {
        return new Problem(422, "image", "A picture can't be scored", detail);
    }

    static Problem modelFailed() {
        return new Problem(
                500, "model", "The model failed", "The server's log says why, under the id of this request.");
    }

    static Problem deviceFailed() {
        return new Problem(
                500, "device", "The device failed", "The server's log says why, under the id of this request.");
    }

    /**
     * Nothing can be scored any more.
     *
     * @param reason in one line that may be shown to anybody
     */
    static Problem deviceLost(String reason) {
        return new Problem(
                503,
                "device-lost",
                "The GPU is lost",
                Messages.oneLine(reason) + "; the server has to be started again");
    }

    static Problem internal() {
        return new Problem(
                500, "internal", "The server failed", "The server's log says why, under the id of this request.");
    }

    static Problem busy(long retryAfter) {
        return new Problem(
                503,
                "busy",
                "The server is busy",
                "As many pictures are waiting as may; try again after Retry-After.",
                retryAfter);
    }

    static Problem notReady(Phase phase) {
        return new Problem(503, "not-ready", "The server is not ready", phase.reason(), 1);
    }

    static Problem deadline() {
        return new Problem(
                504,
                "deadline",
                "The time is over",
                "It was not scored within " + Intake.TIMEOUT_HEADER
                        + "; allow more time, or come back when there is less to do.");
    }

    /** Nobody reads it, but logs and metrics. */
    static Problem clientGone() {
        return new Problem(
                499, "client-gone", "The client has gone", "It closed the connection before the answer was there.");
    }

    /** What the web server itself refuses, before any endpoint sees it. */
    static Problem ofStatus(int status) {
        return switch (status) {
            case 404 -> notFound();
            case 503 -> notReady(Phase.STOPPING);
            default ->
                status >= 500
                        ? internal()
                        : new Problem(
                                status,
                                BAD_REQUEST,
                                MALFORMED,
                                "It does not follow HTTP, or its address or header fields are too long.");
        };
    }

    /** The document, for the request of this id. */
    byte[] toJson(String requestId) {
        JsonObject object = new JsonObject();
        object.addProperty("type", TYPE + id);
        object.addProperty("title", title);
        object.addProperty("status", status);
        object.addProperty("detail", detail);
        object.addProperty("instance", INSTANCE + requestId);
        object.addProperty("request_id", requestId);
        return JSON.toJson(object).getBytes(StandardCharsets.UTF_8);
    }
}
