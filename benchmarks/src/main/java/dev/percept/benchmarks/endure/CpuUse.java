package dev.percept.benchmarks.endure;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/**
 * What has been computed, in seconds of a processor.
 *
 * @param clients by this process
 * @param service by the service, with its compilers
 * @param compilers of Java in the service
 */
record CpuUse(double clients, double service, double compilers) {
    static final CpuUse NONE = new CpuUse(0, 0, 0);

    private static final double NANOS = 1e9;

    /** Until now. */
    static CpuUse of(Service service) throws IOException {
        long own =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
        return new CpuUse(
                own / NANOS,
                service.cpu().toNanos() / NANOS,
                service.compilers().toNanos() / NANOS);
    }

    CpuUse since(CpuUse before) {
        return new CpuUse(clients - before.clients, service - before.service, compilers - before.compilers);
    }

    CpuUse plus(CpuUse more) {
        return new CpuUse(clients + more.clients, service + more.service, compilers + more.compilers);
    }

    double clientsShare() {
        return clients / (clients + service);
    }

    /** Of what the service has computed; 0 if that is nothing. */
    double compilersShare() {
        return service <= 0 ? 0 : compilers / service;
    }
}
