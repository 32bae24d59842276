package dev.percept;

/** In which numbers a model computes its features. Distances are always summed in 32-bit floats and then in doubles. */
public enum Precision implements Identified {
    /** 32-bit floats throughout, also on a GPU: comparable with every other machine's scores. */
    FP32,
    /**
     * 32-bit floats whose products a GPU may round to TF32's 10 bits of mantissa: faster on NVIDIA's Ampere and later. The CPU
     * knows no TF32 and computes in fp32.
     */
    TF32,
    /**
     * 16-bit weights and activations, as the model's file was exported; what it keeps in 32 bits may use TF32 on a GPU. The CPU stores them so and computes in fp32 what it
     * has no 16-bit kernel for.
     */
    FP16;

    /**
     * Reads a precision's name.
     *
     * @throws IllegalArgumentException if it is none of {@code fp32}, {@code tf32} and {@code fp16}
     */
    public static Precision of(String id) {
        for (Precision precision : values()) {
            if (precision.id().equals(id)) {
                return precision;
            }
        }
        throw new IllegalArgumentException("unknown precision '" + id + "': use fp32, tf32 or fp16");
    }
}
