package dev.percept.onnx;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a value in a graph, as to which part of a picture it depends on. */
sealed interface GraphValue {
    /**
     * The same for all pictures.
     *
     * @param shape lengths of its axes, or null if not known
     * @param longs its values, where they are few whole numbers, or null
     */
    record Constant(@Nullable List<Long> shape, @Nullable List<Long> longs) implements GraphValue {}

    /**
     * Depends on the whole picture, or may do so for all that is known.
     *
     * @param reason in words: the operator, and what it does
     */
    record Global(String reason) implements GraphValue {}

    /**
     * Each of its cells depends on the pixels around it.
     *
     * @param rank number of its axes; the first is that of pictures
     * @param rowAxis the position of the axis along which rows are counted
     * @param columnAxis the position of the axis along which columns are counted
     * @param rows how its cells stand to rows
     * @param columns how its cells stand to columns
     * @param channels in each cell, or 0 if not known
     */
    record Local(int rank, int rowAxis, int columnAxis, AxisField rows, AxisField columns, int channels)
            implements GraphValue {
        boolean isSpatial(int axis) {
            return axis == rowAxis || axis == columnAxis;
        }

        /** Whether an operator that works along this axis leaves places and pictures apart. */
        boolean isOfChannels(int axis) {
            return axis > 0 && axis < rank && !isSpatial(axis);
        }

        /** The position of an axis that may be counted from the end. */
        int axis(long axis) {
            return (int) (axis < 0 ? axis + rank : axis);
        }

        /** Whether rows and columns are where convolutions look for them. */
        boolean isChannelsFirst() {
            return rank == 4 && rowAxis == 2 && columnAxis == 3;
        }

        Local withChannels(int newChannels) {
            return new Local(rank, rowAxis, columnAxis, rows, columns, newChannels);
        }

        Local withFields(AxisField newRows, AxisField newColumns) {
            return new Local(rank, rowAxis, columnAxis, newRows, newColumns, channels);
        }

        /** Bytes of 32-bit floats for each pixel of the picture. */
        double bytesPerPixel() {
            return (double) channels * Float.BYTES / rows.stride() / columns.stride();
        }
    }
}
