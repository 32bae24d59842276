package dev.percept.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Takes requests with pictures on. An endpoint that scores, or otherwise runs a model, goes this way:
 *
 * <pre>{@code
 * CompletableFuture<Void> handle(Context context) {
 *     state.requireScoring(context);                      // 503, 404
 *     String type = FormParts.requireForm(context);       // 415, before anything is read
 *     return intake.take(context, exchange -> {           // 503 before the body is read, 413, 408
 *         ScoreForm form = ScoreForm.parse(exchange.body(), type);
 *         ServedModel.Lease model = exchange.lease(state, form.model());
 *         Job<T> job = new SoloJob<>(model, exchange.ticket(), List.of(picture), () -> model.loss().decode(picture), decoded -> ...);
 *         return exchange.answer(job, result -> context.result(...));
 *     });
 * }
 * }</pre>
 *
 * <p>Routed as {@code metrics.timed(endpoint::handle)}. It is asynchronous: no thread waits for the model. Thread-safe.
 *
 * @param admission decides
 * @param scheduler does the work
 * @param limits for bodies
 * @param threads that write answers
 * @param clock that ends what is too late
 */
record Intake(
        Admission admission,
        Scheduler scheduler,
        ServerLimits limits,
        Executor threads,
        ScheduledThreadPoolExecutor clock) {
    static final String TIMEOUT_HEADER = "Percept-Timeout-Ms";

    /** An hour. */
    private static final int LONGEST_TIMEOUT_MILLIS = 3_600_000;

    private static final Pattern MILLIS = Pattern.compile("[0-9]{1,7}");

    /**
     * Takes a request on, reads its body and has it answered, or refuses it.
     *
     * @param answer of the request, by {@link Exchange#answer}; if it throws, the request's place is free again
     * @throws ProblemException if its header asks for what it can't have, there is no room, or its body doesn't come as it should
     */
    CompletableFuture<Void> take(Context context, Function<Exchange, CompletableFuture<Void>> answer) {
        Exchange exchange = take(context);
        try {
            return answer.apply(exchange);
        } catch (Throwable e) {
            exchange.close();
            throw e;
        }
    }

    private Exchange take(Context context) {
        long start = System.nanoTime();
        Duration timeout = timeout(context.header(TIMEOUT_HEADER));
        int longest = limits.maxBodyBytes();
        long length = context.req().getContentLengthLong();
        if (length > longest) {
            throw new ProblemException(Problem.tooLarge(longest));
        }
        Admission.Ticket ticket = admission.admit(length, longest);
        Request.addCompletionListener(
                ServletContextRequest.getServletContextRequest(context.req()), failure -> ticket.answered());
        try {
            byte[] body = read(context, timeout);
            ticket.received(body.length);
            return new Exchange(context, body, ticket, this, timeout == null ? null : start + timeout.toNanos());
        } catch (Throwable e) {
            ticket.close();
            throw e;
        }
    }

    private byte[] read(Context context, @Nullable Duration timeout) {
        boolean inTime = timeout == null || timeout.compareTo(limits.receiveTimeout()) > 0;
        try {
            return Body.read(
                    context.req().getInputStream(),
                    limits.maxBodyBytes(),
                    inTime || timeout == null ? limits.receiveTimeout() : timeout);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ProblemException e) {
            throw inTime || e.problem().status() != Problem.TOO_SLOW ? e : new ProblemException(Problem.deadline());
        }
    }

    private static @Nullable Duration timeout(@Nullable String header) {
        if (header == null) {
            return null;
        }
        int millis = MILLIS.matcher(header).matches() ? Integer.parseInt(header) : 0;
        if (millis < 1 || millis > LONGEST_TIMEOUT_MILLIS) {
            throw new ProblemException(Problem.badHeader(TIMEOUT_HEADER
                    + " has to be a whole number of milliseconds from 1 to " + LONGEST_TIMEOUT_MILLIS + "."));
        }
        return Duration.ofMillis(millis);
    }
}
