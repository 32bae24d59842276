// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.PerceptualLoss;
import dev.percept.WatchedModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who has a lease keeps what he has, and what nobody has any more is closed, once. */
@Timeout(60)
class ServedModelTest {
    private final WatchedModel old = new WatchedModel();
    private final WatchedModel next = new WatchedModel();
    private final PerceptualLoss oldLoss = old.load();
    private final PerceptualLoss nextLoss = next.load();
    private final ServedModel model = new ServedModel("a", next::load, oldLoss);

    private void awaitClosed() throws Exception {
        Meanwhile.await("closed", () -> old.closings() > 0);
    }

    @Test
    void aLeaseKeepsTheOneThatItBeganWith() throws Exception {
        ServedModel.Lease first = model.lease();
        ServedModel.Lease second = model.lease();
        assertThat(model.replace(nextLoss)).isTrue();
        ServedModel.Lease third = model.lease();

        assertThat(first.loss()).isSameAs(oldLoss);
        assertThat(third.loss()).isSameAs(nextLoss).isSameAs(model.loss());
        first.close();
        first.close();
        assertThat(old.closings()).isZero();
        second.close();
        awaitClosed();
        third.close();
        assertThat(model.awaitRoom()).isTrue();
        model.close();
        assertThat(old.closings()).isEqualTo(1);
        assertThat(next.closings()).isEqualTo(1);
    }

    @Test
    void withoutLeasesTheOldOneIsClosedAtOnce() throws Exception {
        assertThat(model.replace(nextLoss)).isTrue();
        awaitClosed();
        assertThat(model.awaitRoom()).isTrue();
        assertThat(next.closings()).isZero();
        model.close();
        assertThat(old.closings()).isEqualTo(1);
    }

    @Test
    void thereIsNoThird() {
        ServedModel.Lease lease = model.lease();
        model.replace(nextLoss);
        assertThatThrownBy(() -> model.replace(nextLoss)).isInstanceOf(IllegalStateException.class);
        lease.close();
        model.close();
    }

    @Test
    void closingClosesAllOfThemWhoeverHasThem() throws Exception {
        ServedModel.Lease lease = model.lease();
        model.replace(nextLoss);
        model.close();
        assertThat(old.closings()).isEqualTo(1);
        assertThat(next.closings()).isEqualTo(1);
        lease.close();
        assertThat(old.closings()).isEqualTo(1);

        WatchedModel late = new WatchedModel();
        try (PerceptualLoss loss = late.load()) {
            assertThat(model.replace(loss)).isFalse();
        }
        assertThat(model.awaitRoom()).isFalse();
    }
}
