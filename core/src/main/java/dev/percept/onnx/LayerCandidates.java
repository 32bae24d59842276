// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OrtException;
import dev.percept.FeatureLayout;
import dev.percept.ForeignModel.Candidate;
import dev.percept.ImageLimits;
import dev.percept.PerceptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which of a foreign graph's tensors may serve as layers. In a convolutional network these are the last activations before each
 * spatial reduction, one for each scale, and the last one of all; in a transformer the sums that end a residual branch. The rules are
 * those of {@code percept export inspect}.
 *
 * @param width of the picture that shapes are for, in pixels
 * @param height of that picture, in pixels
 * @param candidates in the order of evaluation
 * @param obstacle why none can be told, or null
 */
public record LayerCandidates(
        int width,
        int height,
        List<Candidate> candidates,
        @Nullable String obstacle) {
    private static final int USUAL_SIDE = 224;
    private static final long COLOURS = 3;

    /**
     * Looks for them.
     *
     * @param file that the model lies in
     * @param content of the file
     * @param graph what was read of it
     * @throws IOException if the model can't be read again
     */
    public static LayerCandidates of(Path file, ByteBuffer content, ModelGraph graph) throws IOException {
        if (graph.inputs().size() != 1) {
            return none("its graph has the inputs "
                    + String.join(", ", graph.inputs().keySet()) + ", and a backbone has one picture");
        }
        String input = graph.inputs().keySet().iterator().next();
        ModelGraph.Port port = graph.inputs().values().iterator().next();
        List<@Nullable Long> shape = port.shape();
        if (!port.isFloat() && !port.isUint8()) {
            return none("its input '" + input + "' is " + port.typeName() + ", and Percept feeds FLOAT or UINT8");
        }
        if (shape != null && shape.size() != 4) {
            return none("its input '" + input + "' has " + shape.size() + " axes, and a batch of pictures has 4");
        }
        if (shape == null || isColour(shape.get(1)) == isColour(shape.get(3))) {
            return none("its input '" + input + "' doesn't say which axis its three channels are, which"
                    + " percept export inspect can be told");
        }
        FeatureLayout layout = isColour(shape.get(1)) ? FeatureLayout.NCHW : FeatureLayout.NHWC;
        long batch = orElse(shape.get(0), 1);
        long height = orElse(shape.get(layout == FeatureLayout.NCHW ? 2 : 1), USUAL_SIDE);
        long width = orElse(shape.get(layout == FeatureLayout.NCHW ? 3 : 2), USUAL_SIDE);
        long most = ImageLimits.defaults().scoredPixels();
        if (batch < 1 || height < 1 || width < 1 || height > most / width || batch > most / (width * height)) {
            return none("its input '" + input + "' takes no picture that Percept reads");
        }
        ModelProto model = BackboneModel.parse(content);
        CandidateChoice choice =
                new CandidateChoice(model.getGraph(), GraphWalk.values(model.getGraph(), input, layout), width, height);
        if (choice.asked().isEmpty()) {
            return new LayerCandidates((int) width, (int) height, List.of(), null);
        }
        ValueInfoProto picture = model.getGraph().getInputList().stream()
                .filter(each -> each.getName().equals(input))
                .findFirst()
                .orElseThrow();
        long[] fed = layout == FeatureLayout.NCHW
                ? new long[] {batch, COLOURS, height, width}
                : new long[] {batch, height, width, COLOURS};
        try {
            Map<String, List<Integer>> shapes = ShapeProbe.shapes(
                    model, picture, fed, choice.asked(), file.toAbsolutePath().getParent());
            return new LayerCandidates((int) width, (int) height, choice.candidates(shapes), null);
        } catch (OrtException e) {
            return none("ONNX Runtime can't run it for a picture of " + width + "×" + height + ": "
                    + PerceptException.reason(e));
        }
    }

    private static boolean isColour(@Nullable Long length) {
        return length != null && length == COLOURS;
    }

    private static long orElse(@Nullable Long length, long free) {
        return length == null ? free : length;
    }

    private static LayerCandidates none(String obstacle) {
        return new LayerCandidates(USUAL_SIDE, USUAL_SIDE, List.of(), obstacle);
    }
}
