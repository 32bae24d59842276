package dev.percept.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.PerceptHome;
import dev.percept.kept.Digests;
import dev.percept.kept.KeptFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Models' graphs as ONNX Runtime has optimised them for this processor, so that it needn't do so again: sessions of them compute the
 * same to the last bit, and are made in less time and memory. Large weights lie in a file beside each graph, which ONNX Runtime maps
 * instead of reading and copying it. For models in files, on the CPU: the embedded one gains nothing. Thread-safe.
 */
final class KeptGraphs {
    private static final String FOLDER = "graphs";
    private static final long MOST_BYTES = 512L << 20;
    /** Besides the weights. */
    private static final long GRAPH_BYTES = 1 << 20;
    /** To be raised where the session options change in a way that changes the optimised graph. */
    private static final String FORM = "percept 2, all optimisations, ";

    private static final String WEIGHTS = ".weights";
    /** Weights of more bytes than this lie in their own file: those ONNX Runtime aligns there, to whole pages. */
    private static final int LARGE = 1 << 20;

    private static final String SEAL = "percept.kept";

    private final OnnxRuntime runtime;
    private final KeptFolder folder;
    private final Digests digests;
    private final int large;

    /** The graphs in the user's cache. */
    KeptGraphs(OnnxRuntime runtime) {
        this(runtime, PerceptHome.ofUser().cache(), LARGE);
    }

    /**
     * The graphs in a cache.
     *
     * @param large of weights: so many bytes they may have at most to lie in the graph
     */
    KeptGraphs(OnnxRuntime runtime, Path cache, int large) {
        this.runtime = runtime;
        this.large = large;
        this.folder = new KeptFolder(cache, FOLDER, MOST_BYTES);
        this.digests = new Digests(cache);
    }

    /**
     * A session of a model, whose graph is taken from here if it has been kept, and else is kept if that is possible.
     *
     * @throws OrtException if ONNX Runtime refuses the model or the device
     */
    OrtSession session(BackboneModel model, SessionSettings settings, Execution execution) throws OrtException {
        String key = key(model, settings, execution);
        Path file = model.file();
        if (key == null || file == null) {
            return open(model, settings, execution, null, null);
        }
        String name = model.sha256() + '-' + Long.toHexString(sum(key)) + ".onnx";
        Path kept = folder.find(name);
        Path weights = folder.find(name + WEIGHTS);
        OrtSession session = kept == null || weights == null ? null : ofKept(kept, weights, key, settings, execution);
        if (session == null) {
            session = keep(file, name, key, (graph, beside) -> open(model, settings, execution, graph, beside));
        }
        return session == null ? open(model, settings, execution, null, null) : session;
    }

    /** Opens a model's session, and has its graph and its large weights written to files. */
    private interface Writing {
        OrtSession to(Path graph, Path weights) throws OrtException;
    }

    /** Opens a session and keeps its graph; null if the latter fails before there is a session. */
    private @Nullable OrtSession keep(Path model, String name, String key, Writing writing) throws OrtException {
        OrtSession[] opened = new OrtSession[1];
        try {
            // ONNX Runtime reads the file anew: only if its digest is known for the state that it stays in, is it the
            // one in the name.
            Digests.State state = Digests.State.of(model);
            String digest = digests.find(state);
            if (digest == null || !name.startsWith(digest)) {
                return null;
            }
            long bytes = Files.size(model) + GRAPH_BYTES;
            folder.keep(name, bytes, graph -> {
                // In their place before the graph that needs them.
                if (!folder.keep(name + WEIGHTS, bytes, weights -> {
                    try {
                        opened[0] = writing.to(graph, weights);
                    } catch (OrtException e) {
                        throw new IOException("ONNX Runtime can't write its graph", e);
                    }
                    if (Files.notExists(weights)) {
                        // ONNX Runtime deletes what it has nothing to write to.
                        Files.createFile(weights);
                    }
                    seal(graph, weights, name + WEIGHTS, key);
                    if (!Digests.State.of(model).equals(state)) {
                        throw new IOException(model + " has changed");
                    }
                })) {
                    throw new IOException("its weights can't be kept");
                }
            });
            return opened[0];
        } catch (IOException e) {
            log("no graph can be kept of " + model, e);
            return opened[0];
        } catch (Throwable e) {
            if (opened[0] != null) {
                opened[0].close();
            }
            throw e;
        }
    }

    /** All that the optimised graph depends on; null where it can't be told, or is on a GPU, or weights lie elsewhere. */
    private @Nullable String key(BackboneModel model, SessionSettings settings, Execution execution) {
        Path natives = runtime.natives().folder();
        if (execution.gpu() != null || model.sha256() == null || model.graph().externalData() || natives == null) {
            return null;
        }
        String processor = Processor.description();
        return processor == null
                ? null
                : FORM + settings.precision(execution) + ", onnxruntime " + runtime.version() + " in " + natives + ", "
                        + model.sha256() + ", " + processor;
    }

    private OrtSession open(
            BackboneModel model,
            SessionSettings settings,
            Execution execution,
            @Nullable Path graph,
            @Nullable Path weights)
            throws OrtException {
        try (OrtSession.SessionOptions options = settings.options(execution, null)) {
            if (graph != null && weights != null) {
                options.setOptimizedModelFilePath(graph.toString());
                options.addConfigEntry(
                        "session.optimized_model_external_initializers_file_name",
                        String.valueOf(weights.getFileName()));
                options.addConfigEntry(
                        "session.optimized_model_external_initializers_min_size_in_bytes", String.valueOf(large + 1));
            }
            return model.file() == null
                    ? runtime.environment().createSession(model.bytes(), options)
                    : runtime.environment().createSession(model.file().toString(), options);
        }
    }

    /** A session of a kept graph; null if it is damaged, and then it is kept no longer. */
    private @Nullable OrtSession ofKept(
            Path graph, Path weights, String key, SessionSettings settings, Execution execution) {
        try (OrtSession.SessionOptions options = settings.options(execution, null)) {
            if (isWhole(graph, weights, key)) {
                options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
                OrtSession session = runtime.environment().createSession(graph.toString(), options);
                folder.used(graph);
                folder.used(weights);
                return session;
            }
        } catch (OrtException | IOException e) {
            System.getLogger(KeptGraphs.class.getName()).log(System.Logger.Level.DEBUG, graph + " can't be used", e);
        }
        folder.drop(graph);
        folder.drop(weights);
        return null;
    }

    /**
     * Has the graph name the file where its weights will lie, and appends the key and the sums of both files as metadata, which makes no
     * other model of it.
     */
    static void seal(Path graph, Path weights, String weightsName, String key) throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(graph)).toBuilder();
        for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
            for (StringStringEntryProto.Builder entry : tensor.getExternalDataBuilderList()) {
                if (entry.getKey().equals("location")) {
                    entry.setValue(weightsName);
                }
            }
        }
        Files.write(graph, model.build().toByteArray());
        Files.write(graph, seal(sum(graph, Files.size(graph)), sum(weights), key), StandardOpenOption.APPEND);
    }

    private boolean isWhole(Path graph, Path weights, String key) throws IOException {
        long size = Files.size(graph);
        int length = seal(0, 0, key).length;
        if (size <= length) {
            return false;
        }
        ByteBuffer end = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(graph, StandardOpenOption.READ)) {
            while (end.hasRemaining() && channel.read(end, size - length + end.position()) >= 0) {
                // Until it has all.
            }
        }
        return end.flip().equals(ByteBuffer.wrap(seal(sum(graph, size - length), known(weights), key)));
    }

    /** The sum of a file, which is not computed again for as long as its state is the one that it was computed in. */
    private long known(Path file) throws IOException {
        Digests.State state = Digests.State.of(file);
        String known = digests.find(state);
        if (known != null) {
            return Long.parseLong(known, 16);
        }
        long sum = sum(file);
        digests.keep(state, Long.toHexString(sum));
        return sum;
    }

    private static byte[] seal(long graph, long weights, String key) {
        return ModelProto.newBuilder()
                .addMetadataProps(StringStringEntryProto.newBuilder()
                        .setKey(SEAL)
                        .setValue(key + ", " + Long.toHexString(1L << 32 | graph) + ", "
                                + Long.toHexString(1L << 32 | weights)))
                .build()
                .toByteArray();
    }

    private static long sum(Path file) throws IOException {
        return sum(file, Files.size(file));
    }

    /** Mapped, since that is several times as fast as reading. */
    private static long sum(Path file, long length) throws IOException {
        CRC32 sum = new CRC32();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            sum.update(channel.map(FileChannel.MapMode.READ_ONLY, 0, length));
        }
        return sum.getValue();
    }

    private static long sum(String text) {
        CRC32 sum = new CRC32();
        sum.update(text.getBytes(StandardCharsets.UTF_8));
        return sum.getValue();
    }

    private static void log(String what, Exception e) {
        System.getLogger(KeptGraphs.class.getName()).log(System.Logger.Level.DEBUG, what, e);
    }
}
