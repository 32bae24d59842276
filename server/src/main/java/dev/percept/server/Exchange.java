package dev.percept.server;

import dev.percept.DeviceException;
import dev.percept.ImageException;
import dev.percept.PerceptException;
import dev.percept.PerceptualLoss;
import io.javalin.http.Context;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request that was taken on, from its body on until its answer is there. It holds its place, and a model, until it is closed. */
final class Exchange implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final Context context;
    private final byte[] body;
    private final Admission.Ticket ticket;
    private final Intake intake;
    private final @Nullable Long endNanos;
    private ServedModel.@Nullable Lease lease;

    /**
     * An exchange.
     *
     * @param body not to be changed
     * @param endNanos when it is too late, in {@link System#nanoTime()}, or null if it never is
     */
    Exchange(Context context, byte[] body, Admission.Ticket ticket, Intake intake, @Nullable Long endNanos) {
        this.context = context;
        this.body = body;
        this.ticket = ticket;
        this.intake = intake;
        this.endNanos = endNanos;
    }

    byte[] body() {
        return body;
    }

    Admission.Ticket ticket() {
        return ticket;
    }

    /**
     * The model that the request is about, which this holds until it is closed. Called once.
     *
     * @param name or null for the default
     * @throws ProblemException if there is none, or none that scores
     */
    ServedModel.Lease lease(ServerState state, @Nullable String name) {
        ServedModel.Lease taken = state.lease(name);
        lease = taken;
        RequestLog.noteModel(context, taken.name());
        return taken;
    }

    /** The id of the request. */
    String id() {
        return HttpService.requestId(context);
    }

    /**
     * Has a job done, and answers with what comes of it. Meanwhile no thread waits. The job ends early if the request's time is over or its
     * client goes; and when it ends, this is closed.
     *
     * @param write sets the answer; run by one of the web server's threads
     * @return what completes when the answer is set, or fails with what is to be answered instead
     */
    <T> CompletableFuture<Void> answer(Job<T> job, Consumer<T> write) {
        ScheduledFuture<?> timer = endNanos == null
                ? null
                : intake.clock()
                        .schedule(
                                () -> job.fail(new ProblemException(Problem.deadline())),
                                endNanos - System.nanoTime(),
                                TimeUnit.NANOSECONDS);
        ClientWatch watch =
                ClientWatch.begin(context.req(), () -> job.fail(new ProblemException(Problem.clientGone())));
        CompletableFuture<Void> answered = job.result()
                .whenComplete((value, error) -> {
                    watch.close();
                    if (timer != null) {
                        timer.cancel(false);
                    }
                    intake.scheduler().sweep();
                })
                // A client that reads slowly, be it an error, holds no thread that scores.
                .handleAsync(
                        (value, error) -> {
                            RequestLog.notePixels(context, ticket.measured());
                            if (error != null) {
                                throw presentable(error, job.loss);
                            }
                            try {
                                write.accept(value);
                            } catch (PerceptException e) {
                                throw presentable(e, job.loss);
                            }
                            return null;
                        },
                        intake.threads());
        answered = answered.whenComplete((nothing, error) -> close());
        try {
            intake.scheduler().submit(job);
        } catch (ProblemException e) {
            job.fail(e);
        }
        return answered;
    }

    /** A failure as a client may see it: a picture's names only the picture, a model's may name the model's file. */
    private RuntimeException presentable(Throwable failure, PerceptualLoss loss) {
        Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null
                ? wrapped.getCause()
                : failure;
        if (cause instanceof ImageException) {
            return new ProblemException(Problem.unreadableImage(String.valueOf(cause.getMessage())));
        }
        if (!(cause instanceof PerceptException)) {
            return cause instanceof RuntimeException other ? other : new CompletionException(cause);
        }
        LOG.error("request {}: {}", id(), cause.getMessage(), cause);
        if (cause instanceof DeviceException) {
            String lost = loss.lost();
            return new ProblemException(lost == null ? Problem.deviceFailed() : Problem.deviceLost(lost));
        }
        return new ProblemException(Problem.modelFailed());
    }

    /** Gives place and model back; doing it again does nothing. */
    @Override
    public void close() {
        ticket.close();
        if (lease != null) {
            lease.close();
        }
    }
}
