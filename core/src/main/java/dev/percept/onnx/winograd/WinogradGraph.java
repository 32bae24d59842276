package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A backbone's graph for one shape of its input, with those convolutions rewritten that gain by it. Its outputs keep their names, types
 * and shapes; nodes that aren't recognised stay as they are.
 *
 * <p>Made in two steps, since the first is cheap and says whether the second is worthwhile.
 */
public final class WinogradGraph {
    /** A rewritten graph that saves less of its convolutions' work isn't worth it. */
    private static final double LEAST_GAIN = 0.05;

    private final ModelProto model;
    private final GraphProto.Builder graph;
    private final Nodes nodes;
    private final Flow flow;
    private final Form form;
    private final Selection selection;
    private final Map<String, Rows> rows = new HashMap<>();
    /** Values that are there as other operators have them, though they were written as rows. */
    private final Set<String> left = new HashSet<>();

    /**
     * What was written.
     *
     * @param model serialised
     * @param beside the constants that it only declares, by name
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
    public record Written(byte[] model, Map<String, Tensor> beside) {}

    private WinogradGraph(
            ModelProto model,
            long opset,
            InputShape input,
            Set<String> outputs,
            int block,
            String prefix,
            boolean all) {
        this.model = model;
        GraphProto source = model.getGraph();
        this.graph =
                source.toBuilder().clearNode().clearInitializer().clearOutput().clearValueInfo();
        this.nodes = new Nodes(graph, prefix);
        this.flow = new Flow(source, outputs);
        Shapes shapes = new Shapes(source, input);
        this.form = block == 0 ? new StandardForm(nodes, opset) : new BlockedForm(nodes, flow, shapes, block);
        this.selection = new Selection(Chain.of(flow, shapes), flow, form, all);
    }

    /**
     * Looks at what a rewritten graph would be like.
     *
     * @param opset of the default operator domain
     * @param input what it is to be rewritten for
     * @param outputs of the graph that are wanted
     * @param block channels in one of ONNX Runtime's blocks, or 0 to use standard operators only
     * @param prefix that no name in the graph begins with
     * @return null if nothing in it can be evaluated otherwise, or it isn't worth it
     */
    public static @Nullable WinogradGraph of(
            ModelProto model, long opset, InputShape input, Set<String> outputs, int block, String prefix) {
        WinogradGraph graph = of(model, opset, input, outputs, block, prefix, false);
        return graph != null && graph.selection.gain() >= LEAST_GAIN * graph.plainCost() ? graph : null;
    }

    /** @param all true to rewrite whatever can be, gain or not */
    static @Nullable WinogradGraph of(
            ModelProto model,
            long opset,
            InputShape input,
            Set<String> outputs,
            int block,
            String prefix,
            boolean all) {
        WinogradGraph graph = new WinogradGraph(model, opset, input, outputs, block, prefix, all);
        // Graphs within nodes take values of this one without saying so in their inputs.
        boolean nested = graph.flow.nodes().stream()
                .flatMap(node -> node.getAttributeList().stream())
                .anyMatch(attribute -> attribute.getType() == AttributeProto.AttributeType.GRAPH
                        || attribute.getType() == AttributeProto.AttributeType.GRAPHS);
        return nested || graph.selection.chains().isEmpty() ? null : graph;
    }

    private double plainCost() {
        return selection.chains().stream()
                .mapToDouble(chain -> Costs.plain(chain.size()))
                .sum();
    }

    /** What one run saves, in operations. */
    public double gain() {
        return selection.gain();
    }

    /**
     * What making a session of it costs, in the same operations.
     *
     * @param known true if the filters have been transformed
     */
    public double setUp(boolean known) {
        return Costs.SET_UP + (known ? 0.25 : 1) * Costs.SET_UP_FILTER * filterBytes() / Float.BYTES / 36;
    }

    /** How much memory its transformed filters take, whatever the shape. */
    public long filterBytes() {
        return selection.chains().stream()
                .mapToLong(chain -> (long) CookToom.FREQUENCIES
                        * chain.size().in()
                        * chain.size().out()
                        * Float.BYTES)
                .sum();
    }

    /** How much memory the indices take that are for this shape only. */
    public long indexBytes() {
        return selection.chains().stream()
                .mapToLong(chain -> (long) (CookToom.FREQUENCIES + 2 * CookToom.OUT * CookToom.OUT)
                        * chain.size().tiles()
                        * (chain.size().in() / form.block(chain.size().in()))
                        * Integer.BYTES)
                .sum();
    }

    /** Number of convolutions that are rewritten. */
    public int convolutions() {
        return selection.chains().size();
    }

    /**
     * Writes it. To be called once.
     *
     * @param filters those of this model in this form that were transformed before; new ones are added
     */
    public Written write(Filters filters) {
        Map<String, Chain> chains = new HashMap<>();
        Set<String> replaced = new HashSet<>();
        for (Chain chain : selection.chains()) {
            chains.put(chain.conv().getOutput(0), chain);
            chain.nodes().forEach(node -> replaced.add(node.getOutput(0)));
        }
        Map<String, Selection.Lead> leads = selection.leads();
        leads.values().forEach(lead -> replaced.add(lead.value()));
        for (NodeProto node : flow.nodes()) {
            String value = node.getOutput(0);
            Chain chain = chains.get(value);
            Selection.Lead lead = leads.get(value);
            if (chain != null) {
                write(chain, filters);
            } else if (lead != null) {
                leave(node.getInput(0));
                rows.put(lead.value(), form.rows(lead.conv(), lead.relu()));
            } else if (!replaced.contains(value)) {
                node.getInputList().forEach(this::leave);
                graph.addNode(node);
            }
        }
        flow.wanted().forEach(this::leave);
        return new Written(finish().toByteArray(), nodes.beside());
    }

    private void write(Chain chain, Filters filters) {
        Chain.Size size = chain.size();
        Rows source = rows.get(chain.input());
        if (source == null) {
            source = form.enter(chain.input(), size);
            rows.put(chain.input(), source);
            left.add(chain.input());
        }
        TensorProto weights = Objects.requireNonNull(flow.weight(chain.filters()));
        String transformed = nodes.floats(
                filters.of(chain.filters(), () -> form.filters(Weights.of(weights), size.in(), size.out())),
                form.filterShape(size.in(), size.out()));
        String bias = chain.bias();
        ChainWriter writer = new ChainWriter(nodes, form, chain);
        writer.write(source, transformed, bias == null ? null : Weights.of(Objects.requireNonNull(flow.weight(bias))));
        for (Chain.Stage stage : chain.stages(flow)) {
            rows.put(stage.value(), writer.rows(stage.node(), selection.isTakenAsRows(stage.value())));
        }
    }

    /** Sees to it that a value is there as other operators have it. */
    private void leave(String value) {
        Rows written = rows.get(value);
        if (written != null && left.add(value)) {
            form.leave(written, value);
        }
    }

    private ModelProto finish() {
        Set<String> used = new HashSet<>();
        graph.getNodeList().forEach(node -> used.addAll(node.getInputList()));
        for (TensorProto tensor : model.getGraph().getInitializerList()) {
            if (used.contains(tensor.getName())) {
                graph.addInitializer(tensor);
            }
        }
        for (ValueInfoProto output : model.getGraph().getOutputList()) {
            if (flow.wanted().contains(output.getName())) {
                graph.addOutput(output);
            }
        }
        ModelProto.Builder written = model.toBuilder().setGraph(graph);
        if (form instanceof BlockedForm) {
            written.addOpsetImport(OperatorSetIdProto.newBuilder()
                    .setDomain(BlockedForm.DOMAIN)
                    .setVersion(1));
        }
        return written.build();
    }
}
