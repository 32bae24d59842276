package dev.percept.terminal;

import java.util.ArrayList;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The values of an enum as options have them, in lower case and with hyphens: {@code same-as-requested}. As a list, those that a
 * shell offers.
 *
 * @param <E> the enum
 */
abstract class Choice<E extends Enum<E>> extends ArrayList<String> implements ITypeConverter<E> {
    private static final long serialVersionUID = 1L;

    private final Class<E> type;

    Choice(Class<E> type) {
        this.type = type;
        for (E value : type.getEnumConstants()) {
            add(word(value));
        }
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public E convert(String value) {
        for (E known : type.getEnumConstants()) {
            if (word(known).equals(value)) {
                return known;
            }
        }
        throw new TypeConversionException("'" + value + "' is none of " + String.join(", ", this));
    }
}
