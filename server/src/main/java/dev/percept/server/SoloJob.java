package dev.percept.server;

import dev.percept.ImageSource;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A job of one unit that runs alone: any other use of a model than scores.
 *
 * @param <D> what is decoded
 * @param <T> what comes of it
 */
final class SoloJob<D, T> extends Job<T> {
    private final Supplier<D> decode;
    private final Function<D, T> run;
    private final boolean inTurn;
    private final Unit unit;
    private boolean begun;
    private @Nullable D decoded;

    /**
     * A job that needs no turn at the model, since it only decodes: otherwise like the other.
     *
     * @param then makes of it what the job comes to
     */
    static <D, T> SoloJob<D, T> decoding(
            ServedModel.Lease model,
            Admission.Ticket ticket,
            List<ImageSource> pictures,
            Supplier<D> decode,
            Function<D, T> then) {
        return new SoloJob<>(model, ticket, pictures, decode, then, false);
    }

    /**
     * A job.
     *
     * @param ticket of the request, which learns how large the pictures are
     * @param pictures that will be decoded
     * @param decode decodes them; what it throws is what the job fails with
     * @param run does the work with what was decoded; the same holds for it
     */
    SoloJob(
            ServedModel.Lease model,
            Admission.Ticket ticket,
            List<ImageSource> pictures,
            Supplier<D> decode,
            Function<D, T> run) {
        this(model, ticket, pictures, decode, run, true);
    }

    private SoloJob(
            ServedModel.Lease model,
            Admission.Ticket ticket,
            List<ImageSource> pictures,
            Supplier<D> decode,
            Function<D, T> run,
            boolean inTurn) {
        super(model, ticket);
        this.inTurn = inTurn;
        this.decode = decode;
        this.run = run;
        this.unit = new Solo(pictures.stream().mapToLong(this::cost).sum());
        ticket.measured(unit.pixels);
    }

    private final class Solo extends Unit {
        private Solo(long pixels) {
            super(SoloJob.this, pixels);
        }

        @Override
        boolean decode() {
            decoded = decode.get();
            if (!inTurn) {
                run();
            }
            return inTurn;
        }

        @Override
        @Nullable
        Object kind() {
            return null;
        }

        @Override
        void run() {
            D given = decoded;
            if (given != null) {
                complete(run.apply(given));
            }
        }
    }

    @Override
    @Nullable
    Unit next() {
        return begun ? null : unit;
    }

    @Override
    void begin() {
        begun = true;
    }

    @Override
    boolean isBegun() {
        return begun;
    }

    @Override
    boolean isExhausted() {
        return begun;
    }
}
