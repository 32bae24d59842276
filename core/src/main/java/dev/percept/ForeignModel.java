// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import dev.percept.kept.Sha256;
import dev.percept.onnx.LayerCandidates;
import dev.percept.onnx.ModelGraph;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What can be known of an ONNX file that has no spec, so that somebody can write one: {@code percept export wrap} does. Immutable.
 *
 * @param location the path that it was read from
 * @param sha256 of the file, in lower-case hex
 * @param opset of its graph
 * @param inputs of its graph that aren't weights
 * @param outputs of its graph
 * @param width of the picture that the candidates' shapes are for, in pixels: what the graph takes, 224 if it takes any
 * @param height of that picture, in pixels
 * @param candidates that may serve as layers, in the order of evaluation
 * @param obstacle why no candidates can be told, or null
 */
public record ForeignModel(
        String location,
        String sha256,
        long opset,
        List<Port> inputs,
        List<Port> outputs,
        int width,
        int height,
        List<Candidate> candidates,
        @Nullable String obstacle) {
    public ForeignModel {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        candidates = List.copyOf(candidates);
    }

    /**
     * An input or output of a graph.
     *
     * @param name in the graph
     * @param type its elements' as ONNX calls it, such as {@code FLOAT}
     * @param shape with null for a length that is free, or null if the file doesn't say
     */
    public record Port(String name, String type, @Nullable List<@Nullable Long> shape) {
        public Port {
            // Not List.copyOf, which takes no null.
            shape = shape == null
                    ? null
                    : Collections.<@Nullable Long>unmodifiableList(new ArrayList<@Nullable Long>(shape));
        }
    }

    /**
     * A tensor inside the graph that may serve as a layer.
     *
     * @param tensor its name
     * @param shape for one picture
     * @param channels in each of its cells, or in each token
     * @param stride pixels from one cell to the next, or null for tokens and where that isn't the same everywhere
     * @param reason what it is, and why it is suggested
     */
    public record Candidate(
            String tensor,
            List<Integer> shape,
            int channels,
            @Nullable Integer stride,
            String reason) {
        public Candidate {
            shape = List.copyOf(shape);
        }
    }

    /**
     * Reads a model's graph and runs it once on the CPU, for a black picture, to see the shapes of what it computes. Whether there is a
     * spec doesn't matter.
     *
     * @throws ModelException if it is missing or malformed
     */
    public static ForeignModel read(Path file) {
        ModelFiles.requireFile(file);
        try {
            ByteBuffer content = ModelFiles.content(file);
            ModelGraph graph = ModelFiles.graph(file.toString(), content, file);
            LayerCandidates found = LayerCandidates.of(file, content.duplicate(), graph);
            return new ForeignModel(
                    file.toString(),
                    Sha256.of(content),
                    graph.opset(),
                    ports(graph.inputs()),
                    ports(graph.outputs()),
                    found.width(),
                    found.height(),
                    found.candidates(),
                    found.obstacle());
        } catch (IOException e) {
            throw ModelFiles.unreadable(file, e);
        }
    }

    private static List<Port> ports(Map<String, ModelGraph.Port> ports) {
        List<Port> all = new ArrayList<>();
        ports.forEach((name, port) -> all.add(new Port(name, port.typeName(), port.shape())));
        return all;
    }
}
