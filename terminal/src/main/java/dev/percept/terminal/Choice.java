package dev.percept.terminal;

import dev.percept.Identified;
import java.util.ArrayList;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The values of an enum as options have them, in lower case and with hyphens: {@code same-as-requested}. As a list, those that a
 * shell offers.
 *
 * @param <E> the enum
 */
abstract class Choice<E extends Enum<E> & Identified> extends ArrayList<String> implements ITypeConverter<E> {
    private static final long serialVersionUID = 1L;

    private final Class<E> type;

    Choice(Class<E> type) {
        this.type = type;
        for (E value : type.getEnumConstants()) {
            add(value.id());
        }
    }

    @Override
    public E convert(String value) {
        for (E known : type.getEnumConstants()) {
            if (known.id().equals(value)) {
                return known;
            }
        }
        throw new TypeConversionException("'" + value + "' is none of " + String.join(", ", this));
    }
}
