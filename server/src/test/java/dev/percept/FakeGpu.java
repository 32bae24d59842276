package dev.percept;

import dev.percept.onnx.Engine;
import dev.percept.onnx.Engines;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** A GPU that isn't there: the CPU stands in for it until it is broken. Here because only this package can load a model on it. */
@NullMarked
public final class FakeGpu {
    private volatile @Nullable String reason;
    private volatile boolean forEver;
    private volatile @Nullable String lost;

    /** The embedded model; a device other than the CPU is this. */
    public PerceptualLoss load(Device device) {
        return new BackboneLoss(
                Backbone.embedded(), LossOptions.defaults().withDevice(device), (model, wanted, settings, bytes) -> {
                    Engines.Lease cpu = Engines.open(model, Device.CPU, settings, bytes);
                    return wanted.equals(Device.CPU) ? cpu : new Engines.Lease(on(cpu.engine()), null, cpu::close);
                });
    }

    /** From now on it fails. */
    public void fail(String why) {
        reason = why;
    }

    /** From now on it fails, and is lost when that is noticed. */
    public void lose(String why) {
        forEver = true;
        reason = why;
    }

    private Engine on(Engine cpu) {
        return (Engine) Proxy.newProxyInstance(
                Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "provider":
                            return "cuda:0";
                        case "lost":
                            return lost;
                        case "compare", "features", "references":
                            requireSound();
                            break;
                        default:
                    }
                    try {
                        return method.invoke(cpu, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void requireSound() {
        String why = reason;
        if (why != null) {
            lost = forEver ? why : null;
            throw new DeviceException("cuda:0", why, "start the program again");
        }
    }
}
