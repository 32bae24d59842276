package dev.percept.terminal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes: {@code 8589934592}, {@code 8192M} or {@code 8G}. K, M and G are the binary ones. */
public final class ByteSize implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,19})([KMG]?)");

    @Override
    public Long convert(String value) {
        Matcher size = SIZE.matcher(value);
        if (size.matches()) {
            int shift =
                    switch (size.group(2)) {
                        case "K" -> 10;
                        case "M" -> 20;
                        case "G" -> 30;
                        default -> 0;
                    };
            try {
                return Math.multiplyExact(Long.parseLong(size.group(1)), 1L << shift);
            } catch (ArithmeticException | NumberFormatException e) {
                // 2^63 bytes or more: said below.
            }
        }
        throw new TypeConversionException(
                "'" + value + "' is no size: give bytes, or a number with K, M or G, such as 8G");
    }
}
