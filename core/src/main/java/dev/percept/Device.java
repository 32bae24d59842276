package dev.percept;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a model should run: {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}. */
public sealed interface Device {
    /** CUDA where it works, else the CPU; the score's provenance says which, and why. */
    Device AUTO = new Auto();

    /** The CPU. */
    Device CPU = new Cpu();

    /** {@link Device#AUTO}. */
    record Auto() implements Device {
        @Override
        public String toString() {
            return "auto";
        }
    }

    /** {@link Device#CPU}. */
    record Cpu() implements Device {
        @Override
        public String toString() {
            return "cpu";
        }
    }

    /**
     * An NVIDIA GPU, or an error if it can't be used.
     *
     * @param index of the GPU, from 0, as CUDA counts them
     */
    record Cuda(int index) implements Device {
        private static final Pattern NUMBERED = Pattern.compile("cuda:(\\d{1,3})");

        @Override
        public String toString() {
            return index == 0 ? "cuda" : "cuda:" + index;
        }
    }

    /**
     * Reads a device's name.
     *
     * @param name {@code auto}, {@code cpu}, {@code cuda} (the same as {@code cuda:0}) or {@code cuda:N}
     * @throws IllegalArgumentException if it is none of these
     */
    static Device of(String name) {
        return switch (name) {
            case "auto" -> AUTO;
            case "cpu" -> CPU;
            case "cuda" -> new Cuda(0);
            default -> {
                Matcher numbered = Cuda.NUMBERED.matcher(name);
                if (!numbered.matches()) {
                    throw new IllegalArgumentException("unknown device '" + name + "': use auto, cpu, cuda or cuda:N");
                }
                yield new Cuda(Integer.parseInt(numbered.group(1)));
            }
        };
    }
}
