package dev.percept.benchmarks.endure;

import dev.percept.benchmarks.Report;
import java.io.IOException;
import java.time.Duration;

/**
 * What many clients at once got in some time, or in several times together.
 *
 * @param clients that asked, each of which waited for its answers
 * @param seconds until the last answers were there
 * @param use of processors meanwhile
 */
record Round(int clients, Tally tally, double seconds, CpuUse use) {
    /** Has clients score for a while. */
    static Round of(Service service, Workload work, int clients, Duration time)
            throws IOException, InterruptedException {
        Tally tally = new Tally();
        CpuUse before = CpuUse.of(service);
        double took = Clients.closedLoop(service.address(), work, clients, time, Long.MAX_VALUE, tally);
        return new Round(clients, tally, took, CpuUse.of(service).since(before));
    }

    /** Pairs that were answered in a second. */
    double rate() {
        return tally.answered() / seconds;
    }

    Round plus(Round more) {
        return new Round(clients, tally.plus(more.tally), seconds + more.seconds, use.plus(more.use));
    }

    /** Adds its row, and judges what must be whatever the load. */
    void report(String what, Service service, Report report) throws IOException, InterruptedException {
        report.row(
                "load",
                "what",
                what,
                "clients",
                clients,
                "seconds",
                seconds,
                "scored",
                tally.answered(),
                "per_s",
                rate(),
                "refused",
                tally.refusals().count(),
                "worst_deviation",
                tally.worst(),
                "p50_ms",
                tally.answers().millis(50),
                "p95_ms",
                tally.answers().millis(95),
                "cpu_s",
                use.service(),
                "compilers_share_of_it",
                use.compilersShare(),
                "clients_share_of_cpu",
                use.clientsShare(),
                "rss_mib",
                service.residentBytes() / Setup.MIB);
        Load.judge(what, tally, report);
    }
}
