package dev.percept;

import java.util.Arrays;
import java.util.stream.Collectors;

/** How two features of one layer are compared; N is the number of values of one picture's feature. */
public enum Distance implements Identified {
    /** Mean squared error, {@code Σ(x − y)² / N}: the default, and the mission's loss. */
    MSE,
    /** Mean absolute error, {@code Σ|x − y| / N}. */
    MAE,
    /** Root of the mean squared error, {@code √(Σ(x − y)² / N)}. */
    RMS;

    /**
     * The distance of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Distance of(String id) {
        for (Distance distance : values()) {
            if (distance.id().equals(id)) {
                return distance;
            }
        }
        throw new IllegalArgumentException("unknown distance '" + id + "': use "
                + Arrays.stream(values()).map(Distance::id).collect(Collectors.joining(", ")));
    }

    /**
     * The distance from the sum over a layer.
     *
     * @param sum of squared differences, or of absolute ones for {@link #MAE}
     * @param count of values summed, N
     */
    double fromSum(double sum, long count) {
        double mean = sum / count;
        return this == RMS ? Math.sqrt(mean) : mean;
    }
}
