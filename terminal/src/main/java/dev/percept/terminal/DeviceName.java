package dev.percept.terminal;

import dev.percept.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A device's name, and those that a shell offers. */
public final class DeviceName extends ArrayList<String> implements ITypeConverter<Device> {
    private static final long serialVersionUID = 1L;

    /** The names. */
    public DeviceName() {
        super(List.of("auto", "cpu", "cuda", "cuda:0"));
    }

    @Override
    public Device convert(String value) {
        try {
            return Device.of(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(Objects.toString(e.getMessage()));
        }
    }
}
