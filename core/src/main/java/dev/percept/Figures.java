// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import java.math.BigDecimal;
import java.math.MathContext;

/** Numbers in drawings. */
final class Figures {
    private static final MathContext DIGITS = new MathContext(4);

    private Figures() {}

    /** Four significant digits without trailing zeros, such as {@code 0.25}, {@code 1.234E-7} or {@code 65000}. */
    static String number(double value) {
        BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
        boolean plain = value == 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6);
        return plain ? rounded.toPlainString() : rounded.toString();
    }

    /** The step between the marks of a scale: the smallest 1, 2 or 5 times a power of ten that gives at most as many. */
    static BigDecimal step(double end, int most) {
        int power = (int) Math.floor(Math.log10(end / most));
        for (int exponent = power; ; exponent++) {
            for (int digit : new int[] {1, 2, 5}) {
                BigDecimal step = BigDecimal.valueOf(digit).scaleByPowerOfTen(exponent);
                if (step.doubleValue() * most >= end) {
                    return step;
                }
            }
        }
    }
}
