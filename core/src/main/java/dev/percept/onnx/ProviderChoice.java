package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import dev.percept.Device;
import dev.percept.DeviceException;
import org.jspecify.annotations.Nullable;

/** Tries the execution providers that a device allows, and says why one was not taken. */
final class ProviderChoice {
    private ProviderChoice() {}

    /** What holds native sessions. */
    interface Sessions extends AutoCloseable {
        @Override
        void close() throws OrtException;
    }

    /** A session of some kind on a provider, or ONNX Runtime's refusal. */
    interface Attempt<T extends Sessions> {
        T on(Execution execution) throws OrtException;
    }

    /**
     * Tries a device, and for {@code auto} the CPU after it.
     *
     * @throws DeviceException if CUDA was asked for and isn't to be had
     * @throws OrtException if the CPU can't do it either
     */
    static <T extends Sessions> T on(Device device, Attempt<T> attempt) throws OrtException {
        Execution cpu = Execution.CPU;
        if (device instanceof Device.Cpu) {
            return attempt.on(cpu);
        }
        int index = device instanceof Device.Cuda cuda ? cuda.index() : 0;
        Obstacle obstacle = Obstacle.NOT_BUILT;
        if (OnnxRuntime.available().contains(OrtProvider.CUDA)) {
            CudaRefusal refusal =
                    new CudaRefusal(CudaLibraries.find(OnnxRuntime.get().natives()), index);
            obstacle = refusal.beforehand();
            if (obstacle == null) {
                try {
                    T made = attempt.on(new Execution(index, null));
                    obstacle = kept(made, refusal);
                    if (obstacle == null) {
                        return made;
                    }
                } catch (OrtException e) {
                    obstacle = refusal.known(e);
                    if (obstacle == null) {
                        if (device instanceof Device.Cuda) {
                            requireCpuAccepts(attempt);
                        }
                        obstacle = CudaRefusal.unknown(e);
                    }
                }
            }
        }
        if (device instanceof Device.Cuda) {
            throw new DeviceException(
                    device.toString(),
                    "it can't be used: " + obstacle.reason(),
                    obstacle.remedy() + "; or use --device cpu");
        }
        return attempt.on(new Execution(null, obstacle.reason()));
    }

    /** Why sessions can't be used that were made; they are closed then, and also if that can't be told. */
    private static @Nullable Obstacle kept(Sessions made, CudaRefusal refusal) throws OrtException {
        Obstacle obstacle;
        try {
            obstacle = refusal.afterwards();
        } catch (Throwable e) {
            made.close();
            throw e;
        }
        if (obstacle != null) {
            made.close();
        }
        return obstacle;
    }

    /** Throws what the CPU says where it refuses as well: then the model is at fault, and not the device. */
    private static <T extends Sessions> void requireCpuAccepts(Attempt<T> attempt) throws OrtException {
        attempt.on(Execution.CPU).close();
    }
}
