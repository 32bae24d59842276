package dev.percept.onnx.winograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CookToomTest {
    private final Random random = new Random(7);

    @Test
    void aTileIsConvolved() {
        double[] tile = random.doubles(36, -1, 1).toArray();
        float[] filter = new float[9];
        for (int i = 0; i < filter.length; i++) {
            filter[i] = (float) random.nextGaussian();
        }
        float[] frequencies = new float[36];
        CookToom.filter(filter, 0, frequencies, 0, 1);
        double[] products = times(CookToom.input(), tile);
        for (int i = 0; i < products.length; i++) {
            products[i] *= frequencies[i];
        }
        double[] result = times(CookToom.output(), products);
        for (int y = 0; y < 4; y++) {
            for (int x = 0; x < 4; x++) {
                double expected = 0;
                for (int i = 0; i < 9; i++) {
                    expected += filter[i] * tile[(y + i / 3) * 6 + x + i % 3];
                }
                // The transformed filter is rounded to float.
                assertThat(result[y * 4 + x]).isCloseTo(expected, within(3e-6));
            }
        }
    }

    @Test
    void aBiasAtTheFlatFrequencyReachesAllOutputsAlike() {
        float[] output = CookToom.output();
        for (int row = 0; row < 16; row++) {
            assertThat(output[row * 36 + CookToom.FLAT]).isEqualTo((float) CookToom.flatFactor());
        }
    }

    /** All entries are small integers times powers of two. */
    @Test
    void inputAndOutputTransformsAreExact() {
        for (float[] matrix : new float[][] {CookToom.input(), CookToom.output()}) {
            for (float value : matrix) {
                assertThat(value * 1024).isEqualTo((float) Math.rint(value * 1024));
                assertThat(Math.abs(value)).isLessThan(4);
            }
        }
    }

    private static double[] times(float[] matrix, double[] vector) {
        double[] product = new double[matrix.length / vector.length];
        for (int i = 0; i < matrix.length; i++) {
            product[i / vector.length] += matrix[i] * vector[i % vector.length];
        }
        return product;
    }
}
