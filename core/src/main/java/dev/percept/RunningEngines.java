package dev.percept;

import dev.percept.onnx.BackboneModel;
import dev.percept.onnx.Engine;
import dev.percept.onnx.Engines;
import dev.percept.onnx.OnnxRuntime;
import dev.percept.onnx.SessionSettings;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The engine that a loss' options ask for, and the CPU once {@code auto} needs it for what a GPU could not do. Thread-safe. */
final class RunningEngines implements AutoCloseable {
    private final Backbone backbone;
    private final LossOptions options;
    private final Engines.Source engines;
    private final BackboneModel model;
    private final SessionSettings settings;

    /** What the options ask for. */
    private final Running first;
    /** What calls run on: {@link #first}, or the CPU once {@code auto} has lost the GPU. */
    private volatile Running now;
    /** The CPU, once it was needed. Guarded by this. */
    private @Nullable Running fallback;

    /**
     * Loads what the options ask for.
     *
     * @param layers that are compared
     * @throws ModelException if the model can't be loaded, or its file is no longer what was opened
     * @throws DeviceException if what is asked for isn't there
     * @throws IllegalArgumentException if the model can't be run in the precision that is asked for
     */
    RunningEngines(Backbone backbone, LossOptions options, List<LayerSpec> layers, Engines.Source engines) {
        this.backbone = backbone;
        this.options = options;
        this.engines = engines;
        this.settings = new SessionSettings(
                options.threads(),
                precision(backbone, options),
                options.cuda(),
                options.kernels(),
                options.referenceCacheBytes());
        this.model = new BackboneModel(
                backbone.file() == null ? backbone.name() : backbone.location(),
                backbone.file(),
                backbone.bytes(),
                backbone.sha256(),
                backbone.identity(),
                backbone.graph(),
                backbone.spec().input(),
                layers);
        backbone.requireUnchanged();
        Engines.Lease lease = engines.open(model, options.device(), settings, batchBytes());
        try {
            // The runtime has read the file anew; what was checked and what its digest names must be the same.
            backbone.requireUnchanged();
            this.first = running(lease, lease.fallback());
            this.now = first;
        } catch (Throwable e) {
            lease.close();
            throw e;
        }
    }

    private Running running(Engines.Lease lease, @Nullable String whyNotGpu) {
        Engine engine = lease.engine();
        return new Running(
                lease,
                new Provenance.Execution(
                        options.device(),
                        engine.provider(),
                        whyNotGpu,
                        engine.precision(),
                        "plain",
                        options.threads(),
                        "onnxruntime " + OnnxRuntime.get().version()));
    }

    /** The numbers to compute in: what the options say, as far as the file allows. */
    private static Precision precision(Backbone backbone, LossOptions options) {
        Precision own = backbone.precision();
        Precision wanted = options.precision() == null ? own : options.precision();
        if ((wanted == Precision.FP16) != (own == Precision.FP16)) {
            throw new IllegalArgumentException("the model " + backbone.name() + " is in " + own.id() + ", not in "
                    + wanted.id() + ": use its own precision, or a file that was exported in the other");
        }
        if (options.cuda().tensorRt() && wanted == Precision.FP32) {
            throw new IllegalArgumentException(
                    "TensorRT computes in tf32 at least and can't be told not to: use precision tf32, or a model in fp16");
        }
        if (options.cuda().nhwc() && wanted == Precision.FP32) {
            throw new IllegalArgumentException("with channels last, cuDNN may compute in tf32 without saying so:"
                    + " use nhwc with precision tf32, or with a model in fp16");
        }
        return wanted;
    }

    /** What the pictures of one run may take: never more than one alone may. */
    private long batchBytes() {
        return options.memoryBytes() == LossOptions.DEFAULT_MEMORY
                ? options.batchBytes()
                : Math.min(options.batchBytes(), options.memoryBytes());
    }

    /** What calls run on. */
    Running now() {
        return now;
    }

    /** What {@link PerceptualLoss#lost} says. */
    @Nullable
    String lost() {
        // auto has the CPU left.
        return options.device() instanceof Device.Auto ? null : now.engine().lost();
    }

    /**
     * What to use instead of an engine that failed, or null if there is nothing: only {@code auto} leaves a GPU for the CPU. If the
     * GPU is lost, later calls take the CPU at once.
     */
    @Nullable
    Running fallBack(Running failed, DeviceException reason) {
        if (!(options.device() instanceof Device.Auto)
                || failed.execution().provider().equals("cpu")) {
            return null;
        }
        synchronized (this) {
            Running cpu = fallback;
            if (cpu == null) {
                backbone.requireUnchanged();
                Engines.Lease lease = engines.open(model, Device.CPU, settings, batchBytes());
                cpu = running(lease, reason.problem());
                fallback = cpu;
            }
            if (failed.engine().lost() != null) {
                // The lost engine stays leased, since other calls may still be on it.
                now = cpu;
            }
            return cpu;
        }
    }

    /** Runs a call, and once more on what is used instead where the engine fails. */
    <T> T call(Function<Running, T> call) {
        Running running = now;
        try {
            return call.apply(running);
        } catch (DeviceException e) {
            Running other = fallBack(running, e);
            if (other == null) {
                throw e;
            }
            return call.apply(other);
        }
    }

    /** To be called once, when no call is running. */
    @Override
    public synchronized void close() {
        Running second = fallback;
        try {
            first.lease().close();
        } finally {
            if (second != null) {
                second.lease().close();
            }
        }
    }
}
