package dev.percept.cli;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How single values are written for people. */
final class Text {
    private Text() {}

    /** A name as one cell of a table: control characters would move the cursor or end the line. */
    static String cell(String name) {
        return name.replaceAll("\\p{Cntrl}", "?");
    }

    /** Four significant digits; 0 only for exactly 0. */
    static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.4g", value);
    }

    /** A number that somebody chose, without trailing zeros: {@code 1}, {@code 0.5}, {@code 0.1667}, {@code 65535}. */
    static String factor(double value) {
        String text = number(value);
        if (text.contains("e+") && Math.abs(value) < 1e9) {
            text = String.format(Locale.ROOT, "%.1f", value);
        }
        return text.contains(".") && !text.contains("e") ? text.replaceAll("\\.?0+$", "") : text;
    }

    /** A share, such as {@code 0.502%} for 0.00502. */
    static String percent(double share) {
        return BigDecimal.valueOf(share).movePointRight(2).stripTrailingZeros().toPlainString() + "%";
    }

    /** {@code 1×128×112×112}. */
    static String shape(List<Integer> lengths) {
        return lengths.stream().map(String::valueOf).collect(Collectors.joining("×"));
    }
}
