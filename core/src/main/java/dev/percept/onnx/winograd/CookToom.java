package dev.percept.onnx.winograd;

/**
 * The transforms of F(4 × 4, 3 × 3) by Cook and Toom, as Lavin and Gray (arXiv:1509.09308) use them: a tile of 6 × 6 values
 * and a filter of 3 × 3 are transformed, multiplied value by value and transformed back into a tile of 4 × 4.
 *
 * <p>The points 0, 1, −1, 2, −2 and ∞ make the transforms of inputs and outputs integers; those of filters are quotients of
 * integers, rounded once to double. Each frequency is scaled by a power of two, which is exact, so that all three transforms keep
 * values near their size: that takes the worst error from 1e-5 of the largest value to 3e-6.
 */
final class CookToom {
    /** Side of a tile of outputs. */
    static final int OUT = 4;
    /** Side of a tile of inputs. */
    static final int IN = 6;
    /** Frequencies: values of a transformed tile. */
    static final int FREQUENCIES = IN * IN;
    /** Side of a filter. */
    static final int FILTER = 3;
    /** The frequency of the point (1, 1), which all outputs take with the same factor: a bias can be added there. */
    static final int FLAT = IN + 1;

    private static final int[] POINTS = {0, 1, -1, 2, -2};
    private static final double[][] INPUT = new double[IN][];
    private static final double[][] OUTPUT = new double[OUT][IN];
    private static final double[][] FILTERS = new double[IN][FILTER];

    static {
        for (int i = 0; i < IN; i++) {
            boolean infinite = i == IN - 1;
            INPUT[i] = coefficients(i);
            int divisor = 1;
            for (int j = 0; j < POINTS.length; j++) {
                divisor *= infinite || i == j ? 1 : POINTS[i] - POINTS[j];
            }
            for (int power = 0; power < OUT; power++) {
                OUTPUT[power][i] = infinite ? (power == OUT - 1 ? 1 : 0) : power(POINTS[i], power);
            }
            for (int power = 0; power < FILTER; power++) {
                FILTERS[i][power] =
                        infinite ? (power == FILTER - 1 ? 1 : 0) : (double) power(POINTS[i], power) / divisor;
            }
            balance(i);
        }
    }

    private CookToom() {}

    /** Of the product of (x − point) over all points but one, lowest power first; of all points for the last index. */
    private static double[] coefficients(int but) {
        double[] product = new double[IN];
        product[0] = 1;
        for (int j = 0; j < POINTS.length; j++) {
            if (j != but) {
                for (int power = IN - 1; power >= 0; power--) {
                    product[power] = (power == 0 ? 0 : product[power - 1]) - POINTS[j] * product[power];
                }
            }
        }
        return product;
    }

    private static int power(int base, int exponent) {
        int power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= base;
        }
        return power;
    }

    private static void balance(int frequency) {
        double input = 0;
        for (double value : INPUT[frequency]) {
            input += value * value;
        }
        double output = 0;
        for (double[] row : OUTPUT) {
            output += row[frequency] * row[frequency];
        }
        int down = exponent(input);
        int downOutput = exponent(output);
        for (int i = 0; i < IN; i++) {
            INPUT[frequency][i] = Math.scalb(INPUT[frequency][i], -down);
        }
        for (double[] row : OUTPUT) {
            row[frequency] = Math.scalb(row[frequency], -downOutput);
        }
        for (int i = 0; i < FILTER; i++) {
            FILTERS[frequency][i] = Math.scalb(FILTERS[frequency][i], down + downOutput);
        }
    }

    /** The power of two next to the root of a square, which is no half-way case for these points. */
    private static int exponent(double square) {
        return (int) Math.rint(Math.log(square) / Math.log(2) / 2);
    }

    /** From a tile's 36 values to its 36 frequencies, a matrix row by row. */
    static float[] input() {
        return product(INPUT, FREQUENCIES);
    }

    /** From 36 frequencies to the 16 values of a tile, a matrix row by row. */
    static float[] output() {
        return product(OUTPUT, OUT * OUT);
    }

    /** By what all outputs take the frequency {@link #FLAT}: a power of two. */
    static double flatFactor() {
        return OUTPUT[0][1] * OUTPUT[0][1];
    }

    /** The Kronecker product of a matrix with itself: products of two numbers of a few bits, which a float holds exactly. */
    private static float[] product(double[][] one, int rows) {
        float[] product = new float[rows * FREQUENCIES];
        int side = one.length;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < FREQUENCIES; column++) {
                product[row * FREQUENCIES + column] =
                        (float) (one[row / side][column / IN] * one[row % side][column % IN]);
            }
        }
        return product;
    }

    /**
     * Transforms a filter, in double and then rounded once.
     *
     * @param filter holds it from {@code from} on, row by row
     * @param out takes the 36 frequencies, every {@code step} from {@code to} on
     */
    static void filter(float[] filter, int from, float[] out, int to, int step) {
        for (int j = 0; j < IN; j++) {
            double[] factors = FILTERS[j];
            double top = 0;
            double middle = 0;
            double bottom = 0;
            for (int x = 0; x < FILTER; x++) {
                top += factors[x] * filter[from + x];
                middle += factors[x] * filter[from + FILTER + x];
                bottom += factors[x] * filter[from + 2 * FILTER + x];
            }
            for (int i = 0; i < IN; i++) {
                double[] rows = FILTERS[i];
                out[to + (i * IN + j) * step] = (float) (rows[0] * top + rows[1] * middle + rows[2] * bottom);
            }
        }
    }
}
