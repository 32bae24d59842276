package dev.percept;

import dev.percept.onnx.ModelGraph;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Holds a spec against the graph it describes, so that a contradiction is an error and not a wrong score. */
final class SpecCheck {
    private final String where;
    private final BackboneSpec spec;
    private final ModelGraph graph;

    private SpecCheck(String where, BackboneSpec spec, ModelGraph graph) {
        this.where = where;
        this.spec = spec;
        this.graph = graph;
    }

    /** @throws ModelException naming the input, layer or output that differs */
    static void check(String where, BackboneSpec spec, ModelGraph graph) {
        SpecCheck check = new SpecCheck(where, spec, graph);
        check.input();
        spec.layers().forEach(check::layer);
        check.precision();
    }

    private void input() {
        InputSpec input = spec.input();
        ModelGraph.Port port = graph.inputs().get(input.name());
        if (port == null) {
            throw wrong("its spec names the input '" + input.name() + "', the graph has "
                    + String.join(", ", graph.inputs().keySet()));
        }
        if (graph.inputs().size() != 1) {
            throw wrong("its graph has " + graph.inputs().size() + " inputs, a backbone has one picture");
        }
        if (!(input.type() == InputSpec.Type.UINT8 ? port.isUint8() : port.isFloat())) {
            throw wrong("its spec says dtype " + input.type().id() + ", the graph's input is " + port.typeName());
        }
        List<@Nullable Long> shape = port.shape();
        if (shape == null) {
            return;
        }
        if (shape.size() != input.layout().rank()) {
            throw wrong("its spec says layout " + input.layout() + ", the graph's input has " + shape.size() + " axes");
        }
        axis("channels", shape.get(input.layout().channelAxis()), 3);
        axis("batch", shape.get(0), input.batch());
        boolean channelsFirst = input.layout() == FeatureLayout.NCHW;
        axis("height", shape.get(channelsFirst ? 2 : 1), input.size().fixedHeight());
        axis("width", shape.get(channelsFirst ? 3 : 2), input.size().fixedWidth());
    }

    /** An axis that the graph fixes must be fixed to the same length by the spec; one that it leaves free may be. */
    private void axis(String name, @Nullable Long inGraph, @Nullable Integer inSpec) {
        if (inGraph != null && (inSpec == null || inGraph != inSpec.longValue())) {
            throw wrong("its graph takes a " + name + " of " + inGraph + ", its spec says "
                    + (inSpec == null ? "free" : inSpec));
        }
    }

    private void layer(LayerSpec layer) {
        ModelGraph.Port port = graph.outputs().get(layer.output());
        if (port == null) {
            throw wrong("its spec names the output '" + layer.output() + "', the graph has "
                    + String.join(", ", graph.outputs().keySet()));
        }
        if (!port.isFloat() && !port.isOtherFloat()) {
            throw wrong("layer '" + layer.name() + "' holds " + port.typeName() + ", not floats");
        }
        List<@Nullable Long> shape = port.shape();
        if (shape == null) {
            return;
        }
        if (shape.size() != layer.layout().rank()) {
            throw wrong("its spec says layer '" + layer.name() + "' is " + layer.layout() + ", the graph's output has "
                    + shape.size() + " axes");
        }
        Long channels = shape.get(layer.layout().channelAxis());
        if (channels != null && channels != layer.channels()) {
            throw wrong("its spec says layer '" + layer.name() + "' has " + layer.channels() + " channels, the graph "
                    + channels);
        }
    }

    private void precision() {
        PrecisionSpec precision = spec.precision();
        if (precision != null && !graph.half()) {
            throw wrong("its spec says precision " + precision.type().id() + ", its graph holds no FLOAT16");
        }
    }

    private ModelException wrong(String problem) {
        return new ModelException(where, problem, "correct the spec, or export the model again");
    }
}
