package dev.percept.benchmarks.endure;

import dev.percept.benchmarks.endure.Connection.Answer;
import dev.percept.benchmarks.endure.Workload.Item;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What became of many requests. Thread-safe. */
final class Tally {
    private final List<Long> answeredAt = new ArrayList<>();
    private final Latencies answers = new Latencies();
    private final Latencies refusals = new Latencies();
    private int wrong;
    private int failed;
    private int refusedLate;
    private double worst;
    private String firstFailure = "";

    /** Asks once, and counts what comes of it. Returns how many milliseconds a refusal says to wait, else 0. */
    long ask(Client client, Item item) {
        long start = System.nanoTime();
        try {
            Answer answer = client.score(item.form());
            return count(item, answer, client.admitted(), System.nanoTime() - start);
        } catch (IOException | RuntimeException e) {
            fail(e.toString());
            return 0;
        }
    }

    private synchronized long count(Item item, Answer answer, boolean admitted, long nanos) {
        if (answer.status() == 503 || answer.status() == 429) {
            refusals.add(nanos);
            if (admitted) {
                refusedLate++;
            }
            return 1000L * Integer.parseInt(answer.headers().getOrDefault("retry-after", "1"));
        }
        if (answer.status() != 200) {
            fail(answer.status() + " " + answer.body());
            return 0;
        }
        answeredAt.add(System.nanoTime());
        answers.add(nanos);
        double total = answer.total();
        worst = Math.max(worst, item.deviation(total));
        if (!item.isRight(total)) {
            wrong++;
        }
        return 0;
    }

    synchronized void fail(String why) {
        failed++;
        if (firstFailure.isEmpty()) {
            firstFailure = why;
            System.err.println("endure: " + why);
        }
    }

    /** Both together. */
    synchronized Tally plus(Tally more) {
        Tally both = new Tally();
        for (Tally each : List.of(this, more)) {
            both.answeredAt.addAll(each.answeredAt);
            both.answers.addAll(each.answers);
            both.refusals.addAll(each.refusals);
            both.wrong += each.wrong;
            both.failed += each.failed;
            both.refusedLate += each.refusedLate;
            both.worst = Math.max(both.worst, each.worst);
        }
        return both;
    }

    synchronized int answered() {
        return answeredAt.size();
    }

    /** Answers between two readings of {@link System#nanoTime()}. */
    synchronized long answeredBetween(long from, long to) {
        return answeredAt.stream().filter(at -> at - from >= 0 && at - to < 0).count();
    }

    synchronized int wrong() {
        return wrong;
    }

    synchronized int failed() {
        return failed;
    }

    /** Refusals of which the body had been asked for. */
    synchronized int refusedLate() {
        return refusedLate;
    }

    /** The largest deviation of a total. */
    synchronized double worst() {
        return worst;
    }

    Latencies answers() {
        return answers;
    }

    Latencies refusals() {
        return refusals;
    }
}
