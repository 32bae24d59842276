package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/** Which operators a rewritten graph consists of: how rows are laid out, and how they are multiplied with filters and pooled. */
interface Form {
    /** What evaluating a convolution costs, in operations of the kind that a plain one takes {@code 18 · in · out} of a pixel. */
    double cost(Chain.Size size);

    /** Whether it can evaluate a convolution. */
    boolean takes(Chain.Size size);

    /** Whether a plain convolution, and a Relu if it is the only one to take what it writes, can write rows. */
    boolean writesRows(NodeProto conv);

    /** Writes such a convolution. */
    Rows rows(NodeProto conv, @Nullable NodeProto relu);

    /** How many channels are in a row, of as many in a layer. */
    int block(int channels);

    /** From a layer as other operators have it to rows, with a row of zeros. */
    Rows enter(String value, Chain.Size size);

    /** From rows to a layer as other operators have it. */
    void leave(Rows rows, String to);

    /**
     * Multiplies each frequency of some tiles with the filters'.
     *
     * @param tiles transformed: {@code [36, in · tiles]}
     * @param filters as {@link #filters} writes them
     * @param bias for each output, or null
     * @return {@code [36, out · tiles]}
     */
    String multiply(String tiles, int count, Chain.Size size, String filters, float @Nullable [] bias);

    /** Transforms products back, a matrix with one row for each of the output transform's, and adds the bias if that wasn't done. */
    String restore(String output, String products, int count, Chain.Size size, float @Nullable [] bias);

    /**
     * The largest of each four.
     *
     * @param values a matrix whose first quarter of rows are the upper left values of windows, and so on
     * @param rows that it has for each of a window's places
     */
    String pool(String values, int rows, int channels);

    /**
     * Transformed filters as {@link #multiply} takes them.
     *
     * @param filters {@code [out, in, 3, 3]}
     */
    FloatBuffer filters(float[] filters, int in, int out);

    /** The shape of {@link #filters}. */
    long[] filterShape(int in, int out);
}
