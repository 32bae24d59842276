package dev.percept.onnx;

import dev.percept.FeatureLayout;
import dev.percept.InputSpec;
import dev.percept.LayerSpec;
import dev.percept.onnx.GraphValue.Global;
import dev.percept.onnx.GraphValue.Local;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** On which parts of a picture the outputs of a graph depend, as far as its operators show. */
public final class LocalGraph {
    private final FeatureLayout layout;
    private final Map<String, GraphValue> outputs;
    private final double bytesPerPixel;

    /**
     * What was found.
     *
     * @param layout of the input that the graph was followed from
     * @param outputs by name
     * @param bytesPerPixel that values take at once, roughly, for each pixel of one picture; 0 if not known
     */
    LocalGraph(FeatureLayout layout, Map<String, GraphValue> outputs, double bytesPerPixel) {
        this.layout = layout;
        this.outputs = Map.copyOf(outputs);
        this.bytesPerPixel = bytesPerPixel;
    }

    Map<String, GraphValue> outputs() {
        return outputs;
    }

    double bytesPerPixel() {
        return bytesPerPixel;
    }

    /** Why the layers of a model can't be evaluated window by window, or null if they can. */
    @Nullable
    String refusal(InputSpec input, List<LayerSpec> layers) {
        if (input.layout() != layout) {
            return "its input's layout can't be told from the graph";
        }
        if (input.size().fixedHeight() != null) {
            return "it takes pictures of one size only";
        }
        return refusal(layers);
    }

    private @Nullable String refusal(List<LayerSpec> layers) {
        for (LayerSpec layer : layers) {
            GraphValue value = outputs.get(layer.output());
            if (value instanceof Global global) {
                return "layer '" + layer.name() + "': " + global.reason();
            }
            if (!(value instanceof Local local) || !isAs(layer.layout(), local)) {
                return "layer '" + layer.name() + "' has no rows and columns";
            }
        }
        return null;
    }

    /** Whether each cell of these layers depends on what is around it, and on nothing else. */
    boolean isLocal(List<LayerSpec> layers) {
        return refusal(layers) == null;
    }

    private static boolean isAs(FeatureLayout layout, Local local) {
        return layout.rank() == local.rank()
                && layout.name().indexOf('H') == local.rowAxis()
                && layout.name().indexOf('W') == local.columnAxis();
    }

    /** The fields of layers that {@link #refusal} has nothing against. */
    List<Local> fields(List<LayerSpec> layers) {
        List<Local> fields = new ArrayList<>();
        for (LayerSpec layer : layers) {
            if (!(outputs.get(layer.output()) instanceof Local local)) {
                throw new IllegalArgumentException("layer " + layer.name() + " is not local");
            }
            fields.add(local);
        }
        return fields;
    }
}
