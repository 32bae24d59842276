package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.percept.PerceptHome;
import dev.percept.kept.Digests;
import dev.percept.kept.KeptFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Models' graphs as ONNX Runtime has optimised them for this processor, so that it needn't do so again: sessions of them compute the
 * same to the last bit, and are made in less time and memory. Large weights lie in a file beside each graph, which ONNX Runtime maps
 * instead of reading and copying it. For models in files, on the CPU: the embedded one gains nothing. Thread-safe.
 */
final class KeptGraphs {
    private static final String FOLDER = "graphs";
    private static final long MOST_BYTES = 1L << 30;
    /** Besides the weights. */
    private static final long GRAPH_BYTES = 1 << 20;
    /** To be raised where the session options change in a way that changes the optimised graph. */
    private static final String FORM = "percept 2, all optimisations, ";

    private static final String WEIGHTS = ".weights";
    /** Weights of more bytes than this lie in their own file: those ONNX Runtime aligns there, to whole pages. */
    private static final int LARGE = 1 << 20;

    private final OnnxRuntime runtime;
    private final Path cache;
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
        this.cache = cache;
        this.folder = new KeptFolder(cache, FOLDER, MOST_BYTES);
        this.digests = new Digests(cache);
    }

    /**
     * A graph that can be kept.
     *
     * @param model the file it is made from
     * @param name of its own file
     * @param key all that it depends on
     */
    record Entry(Path model, String name, String key) {}

    /**
     * A session of a model, whose graph is taken from here if it has been kept, and else is kept if that is possible.
     *
     * @throws OrtException if ONNX Runtime refuses the model or the device
     */
    OrtSession session(BackboneModel model, SessionSettings settings, Execution execution) throws OrtException {
        Entry entry = entry(model, settings, execution, "");
        if (entry == null) {
            return open(model, settings, execution, null, null);
        }
        OrtSession session = find(entry, settings, execution);
        if (session == null) {
            long bytes = entry.model().toFile().length() + GRAPH_BYTES;
            session = keep(entry, bytes, (graph, beside) -> open(model, settings, execution, graph, beside));
        }
        return session == null ? open(model, settings, execution, null, null) : session;
    }

    /**
     * A session of a model's kept graph, for which the model's file isn't read; null if there is none.
     *
     * @throws OrtException if there are no session options for the device
     */
    @Nullable
    OrtSession find(BackboneModel model, SessionSettings settings, Execution execution) throws OrtException {
        Entry entry = entry(model, settings, execution, "");
        return entry == null ? null : find(entry, settings, execution);
    }

    private @Nullable OrtSession find(Entry entry, SessionSettings settings, Execution execution) throws OrtException {
        try (OrtSession.SessionOptions options = settings.options(execution, null)) {
            return find(entry, options);
        }
    }

    /**
     * What can be kept of a model; null where nothing can: what it depends on can't be told, or it is on a GPU, or weights lie elsewhere.
     *
     * @param form what is done to the model's graph before ONNX Runtime sees it, or nothing
     */
    @Nullable
    Entry entry(BackboneModel model, SessionSettings settings, Execution execution, String form) {
        String key = key(model, settings, execution);
        Path file = model.file();
        if (key == null || file == null) {
            return null;
        }
        String all = form.isEmpty() ? key : key + ", " + form;
        return new Entry(file, model.sha256() + '-' + Digests.sum(all) + ".onnx", all);
    }

    /** Whether a graph seems to be kept. */
    boolean has(Entry entry) {
        return folder.find(entry.name()) != null;
    }

    /** Whether a graph can be kept now: the digest in its name is known for the state that the model's file is in. */
    boolean isKnown(Entry entry) {
        try {
            return isKnown(entry, Digests.State.of(entry.model()));
        } catch (IOException e) {
            log(entry.model() + " can't be looked at", e);
            return false;
        }
    }

    private boolean isKnown(Entry entry, Digests.State state) {
        String digest = digests.find(state);
        return digest != null && entry.name().startsWith(digest);
    }

    /** A session of a kept graph, or null if there is none. */
    @Nullable
    OrtSession find(Entry entry, OrtSession.SessionOptions options) {
        Path kept = folder.find(entry.name());
        Path weights = folder.find(entry.name() + WEIGHTS);
        return kept == null || weights == null ? null : ofKept(kept, weights, entry.key(), options);
    }

    /** Keeps a graph no longer. */
    void drop(Entry entry) {
        for (String name : List.of(entry.name(), entry.name() + WEIGHTS)) {
            Path file = folder.find(name);
            if (file != null) {
                folder.drop(file);
            }
        }
    }

    /** Opens a model's session, and has its graph and its large weights written to files. */
    interface Writing {
        OrtSession to(Path graph, Path weights) throws OrtException;
    }

    /**
     * Opens a session and keeps its graph; null if the latter fails before there is a session.
     *
     * @param bytes that the graph or its weights will have, at most
     */
    @Nullable
    OrtSession keep(Entry entry, long bytes, Writing writing) throws OrtException {
        Path model = entry.model();
        String name = entry.name();
        OrtSession[] opened = new OrtSession[1];
        try {
            // ONNX Runtime reads the file anew: only if its digest is known for the state that it stays in, is it the
            // one in the name.
            Digests.State state = Digests.State.of(model);
            if (!isKnown(entry, state)) {
                return null;
            }
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
                    GraphSeal.close(graph, weights, name + WEIGHTS, entry.key());
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

    /** What is known of the sizes of a model's pictures. */
    KeptSizes sizes(Entry entry) {
        return new KeptSizes(cache, entry.name().replace(".onnx", ".sizes"));
    }

    /** All that a model's optimised graph depends on, or null. */
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
                write(options, graph, weights, large);
            }
            return model.file() == null
                    ? runtime.environment().createSession(model.bytes(), options)
                    : runtime.environment().createSession(model.file().toString(), options);
        }
    }

    /**
     * Has ONNX Runtime write the optimised graph.
     *
     * @param large of weights: so many bytes they may have at most to lie in the graph
     */
    static void write(OrtSession.SessionOptions options, Path graph, Path weights, int large) throws OrtException {
        options.setOptimizedModelFilePath(graph.toString());
        options.addConfigEntry(
                "session.optimized_model_external_initializers_file_name", String.valueOf(weights.getFileName()));
        options.addConfigEntry(
                "session.optimized_model_external_initializers_min_size_in_bytes", String.valueOf(large + 1));
    }

    /** A session of a kept graph; null if it is damaged, and then it is kept no longer. */
    private @Nullable OrtSession ofKept(Path graph, Path weights, String key, OrtSession.SessionOptions options) {
        try {
            if (new GraphSeal(digests).isWhole(graph, weights, key)) {
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

    private static void log(String what, Exception e) {
        System.getLogger(KeptGraphs.class.getName()).log(System.Logger.Level.DEBUG, what, e);
    }
}
