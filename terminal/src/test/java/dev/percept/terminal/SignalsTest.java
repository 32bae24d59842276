package dev.percept.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class SignalsTest {
    /** WINCH is one that nobody minds: a terminal sends it when its size changes. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aSignalIsCaught() throws Exception {
        CountDownLatch received = new CountDownLatch(1);
        Signals.on("WINCH", received::countDown);
        String self = Long.toString(ProcessHandle.current().pid());
        assertThat(new ProcessBuilder("kill", "-WINCH", self).start().waitFor()).isZero();
        assertThat(received.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatCannotBeCaughtChangesNothing() {
        // The first is the kernel's, the second the JVM's, the third nobody's.
        for (String name : new String[] {"KILL", "SEGV", "NONSENSE"}) {
            assertThatCode(() -> Signals.on(name, () -> {})).doesNotThrowAnyException();
        }
    }
}
