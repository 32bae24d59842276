package dev.percept.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchesTest {
    @ParameterizedTest
    @CsvSource({"1, 0, 1", "2, 0, 2", "3, 0, 4", "9, 0, 16", "64, 0, 64", "200, 0, 256"})
    void withoutALastRunItIsAPowerOfTwo(int needed, int last, int rows) {
        assertThat(Batches.rows(needed, last)).isEqualTo(rows);
    }

    @ParameterizedTest
    @CsvSource({"41, 64, 64", "16, 64, 64", "15, 64, 16", "1, 64, 1", "1, 4, 4", "64, 64, 64", "65, 64, 128"})
    void theLastRunsShapeIsKeptWhereThatWastesLittle(int needed, int last, int rows) {
        assertThat(Batches.rows(needed, last)).isEqualTo(rows);
    }

    @Test
    void aBatchThatFitsIsRunOnce() throws OrtException {
        Gpu gpu = new Gpu(8);
        assertThat(Batches.run(8, Gpu::isFull, gpu)).isEqualTo(8);
        assertThat(gpu.runs).containsExactly("0+8");
    }

    @Test
    void aBatchThatDoesNotFitIsSplitUntilItDoesAndEachRowRunsOnce() throws OrtException {
        Gpu gpu = new Gpu(3);
        assertThat(Batches.run(13, Gpu::isFull, gpu)).isLessThanOrEqualTo(3).isPositive();
        assertThat(gpu.done).hasSize(13).doesNotHaveDuplicates();
    }

    @Test
    void whatWasTooMuchIsNotTriedAgainInTheSameBatch() throws OrtException {
        Gpu gpu = new Gpu(4);
        Batches.run(16, Gpu::isFull, gpu);
        assertThat(gpu.runs).containsExactly("0+16", "0+8", "0+4", "4+4", "8+4", "12+4");
    }

    @Test
    void aSingleRowThatDoesNotFitFails() {
        assertThatThrownBy(() -> Batches.run(4, Gpu::isFull, new Gpu(0))).isInstanceOf(OrtException.class);
    }

    @Test
    void anyOtherErrorIsNotAnsweredBySplitting() {
        Gpu gpu = new Gpu(2);
        assertThatThrownBy(() -> Batches.run(4, e -> false, gpu)).isInstanceOf(OrtException.class);
        assertThat(gpu.runs).containsExactly("0+4");
    }

    /** Has memory for so many rows. */
    private static final class Gpu implements Batches.Part {
        private final int capacity;
        private final List<String> runs = new ArrayList<>();
        private final List<Integer> done = new ArrayList<>();

        private Gpu(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public void run(int from, int count) throws OrtException {
            runs.add(from + "+" + count);
            if (count > capacity) {
                throw new OrtException("full");
            }
            for (int row = from; row < from + count; row++) {
                done.add(row);
            }
        }

        private static boolean isFull(OrtException e) {
            return "full".equals(e.getMessage());
        }
    }
}
