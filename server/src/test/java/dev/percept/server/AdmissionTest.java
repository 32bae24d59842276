package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is taken on, before and after sizes are known. */
class AdmissionTest {
    private static final int LONGEST = 1_000_000;

    private final Admission admission = new Admission(1_000_000, 3_000_000);

    private Problem refusal(long length) {
        try (Admission.Ticket ticket = admission.admit(length, LONGEST)) {
            ticket.received(length);
            throw new AssertionError("admitted");
        } catch (ProblemException e) {
            return e.problem();
        }
    }

    @Test
    void countsAPixelForEachByteUntilItKnowsBetter() {
        Admission.Ticket first = admission.admit(600_000, LONGEST);
        assertThat(refusal(600_000).id()).isEqualTo("busy");
        first.received(600_000);
        first.measured(300_000);
        admission.admit(600_000, LONGEST);
        assertThat(admission.taken()).isEqualTo(2);
        assertThat(admission.receiving()).isEqualTo(1);
    }

    @Test
    void learnsHowManyPixelsAByteHas() {
        for (int i = 0; i < 50; i++) {
            try (Admission.Ticket ticket = admission.admit(10_000, LONGEST)) {
                ticket.received(10_000);
                ticket.measured(100_000);
            }
        }
        List<Admission.Ticket> taken = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            taken.add(admission.admit(10_000, LONGEST));
        }
        assertThat(admission.pixels()).isBetween(890_000L, 900_000L);
        assertThat(refusal(20_000).id()).isEqualTo("busy");
        taken.forEach(Admission.Ticket::close);
        assertThat(admission.pixels()).isZero();
    }

    @Test
    void smallFilesThatDeclareMuchDontKeepOthersOut() {
        for (int i = 0; i < 50; i++) {
            try (Admission.Ticket ticket = admission.admit(100, LONGEST)) {
                ticket.received(100);
                ticket.measured(50_000_000);
            }
        }
        for (int i = 0; i < 6; i++) {
            admission.admit(10_000, LONGEST);
        }
        assertThat(admission.taken()).isEqualTo(6);
    }

    @Test
    void aBodyOfUnknownLengthIsTakenToBeTheLongest() {
        Admission small = new Admission(Long.MAX_VALUE / 2, 2_500_000);
        small.admit(-1, LONGEST);
        Admission.Ticket second = small.admit(-1, LONGEST);
        assertThatThrownBy(() -> small.admit(-1, LONGEST)).isInstanceOf(ProblemException.class);
        second.received(10);
        small.admit(-1, LONGEST);
    }

    @Test
    void whatIsLargerThanAllThatMayWaitIsAdmittedAlone() {
        Admission.Ticket large = admission.admit(999_999, LONGEST);
        large.received(999_999);
        large.measured(50_000_000);
        assertThat(refusal(1).id()).isEqualTo("busy");
        large.close();

        Admission.Ticket other = admission.admit(1, LONGEST);
        Admission.Ticket late = admission.admit(1, LONGEST);
        late.received(1);
        assertThatThrownBy(() -> late.measured(50_000_000)).isInstanceOf(ProblemException.class);
        late.close();
        other.close();
        assertThat(admission.taken()).isZero();
    }

    @Test
    void tellsWhenTheBacklogWillBeDone() {
        Admission.Ticket ticket = admission.admit(10, LONGEST);
        ticket.received(10);
        ticket.measured(1_000_000);
        assertThat(refusal(10).retryAfter()).isEqualTo(1);
        admission.learn(100_000, 0.75);
        assertThat(refusal(10).retryAfter()).isEqualTo(8);
        ticket.scored(500_000);
        assertThat(refusal(900_000).retryAfter()).isEqualTo(4);
        admission.learn(1, 1e6);
        assertThat(refusal(900_000).retryAfter()).isEqualTo(600);
    }

    @Test
    void closingTwiceGivesOnePlaceBack() {
        Admission.Ticket one = admission.admit(10, LONGEST);
        admission.admit(10, LONGEST);
        one.close();
        one.close();
        assertThat(admission.taken()).isEqualTo(1);
    }

    @Test
    void waitsUntilAnswersAreWritten() {
        Admission.Ticket one = admission.admit(10, LONGEST);
        one.close();
        assertThat(admission.taken()).isZero();
        assertThat(admission.drain(Duration.ofMillis(1))).isEqualTo(1);
        assertThat(refusal(10).id()).isEqualTo("not-ready");
        one.answered();
        one.answered();
        assertThat(admission.drain(Duration.ofMillis(1))).isZero();
    }
}
