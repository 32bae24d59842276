package dev.percept.onnx.winograd;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which convolutions are worth being evaluated otherwise: those that gain more than moving their inputs and outputs between layouts
 * costs, where a neighbour stays plain.
 */
final class Selection {
    private final Flow flow;
    private final Form form;
    private final List<Chain> chains = new ArrayList<>();
    /** By each value that it writes. */
    private final Map<String, Chain> writers = new HashMap<>();

    /**
     * A plain convolution that writes rows for the selected ones after it.
     *
     * @param relu of what it writes, or null
     * @param value that the last of the two writes
     */
    record Lead(NodeProto conv, @Nullable NodeProto relu, String value) {}

    /** @param all true to take what costs more than it gains as well */
    Selection(List<Chain> candidates, Flow flow, Form form, boolean all) {
        this.flow = flow;
        this.form = form;
        candidates.stream().filter(chain -> form.takes(chain.size())).forEach(this::add);
        for (Chain worst = worst(); worst != null && !all; worst = worst()) {
            remove(worst);
        }
    }

    private void add(Chain chain) {
        chains.add(chain);
        chain.nodes().forEach(node -> writers.put(node.getOutput(0), chain));
    }

    private void remove(Chain chain) {
        chains.remove(chain);
        writers.values().removeIf(known -> known.equals(chain));
    }

    private @Nullable Chain worst() {
        Chain worst = null;
        double least = 0;
        for (Chain chain : chains) {
            double gain = gain(chain);
            if (gain <= least) {
                worst = chain;
                least = gain;
            }
        }
        return worst;
    }

    /** By the name of what it writes first, each that leads to a selected convolution. */
    Map<String, Lead> leads() {
        Map<String, Lead> leads = new HashMap<>();
        for (Chain chain : chains) {
            Lead lead = writers.containsKey(chain.input()) ? null : lead(chain.input());
            if (lead != null) {
                leads.put(lead.conv.getOutput(0), lead);
            }
        }
        return leads;
    }

    private @Nullable Lead lead(String value) {
        NodeProto conv = flow.writer(value);
        NodeProto relu = null;
        if (conv != null && Attributes.is(conv, "Relu")) {
            relu = conv;
            conv = flow.writer(relu.getInput(0));
        }
        return conv != null && form.writesRows(conv) && (relu == null || !flow.isNeededBesides(conv.getOutput(0), relu))
                ? new Lead(conv, relu, value)
                : null;
    }

    List<Chain> chains() {
        return chains;
    }

    /** What is saved in a run, in operations. */
    double gain() {
        return chains.stream().mapToDouble(this::gain).sum();
    }

    private double gain(Chain chain) {
        Chain.Size size = chain.size();
        double gain = Costs.plain(size) - form.cost(size);
        if (!writers.containsKey(chain.input())) {
            gain -= Costs.of(lead(chain.input()) == null ? Costs.MOVE : Costs.APPEND, size, size.in());
        }
        for (Chain.Stage stage : chain.stages(flow)) {
            if (isTakenPlain(stage.value())) {
                double part = stage.node().equals(chain.pool()) ? 0.25 : 1;
                gain -= part * Costs.of(Costs.MOVE, size, size.out());
            }
        }
        return gain;
    }

    /** Whether a value is wanted, or taken by a node that stays as it is. */
    boolean isTakenPlain(String value) {
        return flow.wanted().contains(value) || flow.consumers(value).stream().anyMatch(node -> !isReplaced(node));
    }

    /** Whether a selected convolution takes a value. */
    boolean isTakenAsRows(String value) {
        return flow.consumers(value).stream().anyMatch(this::isConvolution);
    }

    private boolean isConvolution(NodeProto node) {
        Chain chain = writers.get(node.getOutput(0));
        return chain != null && chain.conv().equals(node);
    }

    private boolean isReplaced(NodeProto node) {
        Chain chain = writers.get(node.getOutput(0));
        return chain != null && chain.nodes().contains(node);
    }
}
