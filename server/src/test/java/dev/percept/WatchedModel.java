package dev.percept;

import dev.percept.onnx.Engine;
import dev.percept.onnx.Engines;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullMarked;

/** The embedded model, whose runs can be seen and held up. Here because only this package can load a model in this way. */
@NullMarked
public final class WatchedModel {
    private final List<Integer> runs = new CopyOnWriteArrayList<>();
    private final AtomicInteger closings = new AtomicInteger();
    private volatile boolean failing;
    private volatile boolean infinite;
    private boolean held;
    private int waiting;

    public PerceptualLoss load() {
        return load(LossOptions.defaults().withDevice(Device.CPU));
    }

    public PerceptualLoss load(LossOptions options) {
        return new BackboneLoss(Backbone.embedded(), options, (model, wanted, settings, bytes) -> {
            Engines.Lease cpu = Engines.open(model, Device.CPU, settings, bytes);
            return new Engines.Lease(on(cpu.engine()), cpu.fallback(), () -> {
                closings.incrementAndGet();
                cpu.close();
            });
        });
    }

    /** Pairs of each run, since it was asked last. */
    public List<Integer> runs() {
        List<Integer> all = List.copyOf(runs);
        runs.clear();
        return all;
    }

    /** How often what was loaded was closed. */
    public int closings() {
        return closings.get();
    }

    /** From now on runs fail. */
    public void fail() {
        failing = true;
    }

    /** From now on runs come to what isn't finite. */
    public void overflow() {
        infinite = true;
    }

    /** From now on runs wait. */
    public synchronized void hold() {
        held = true;
    }

    /** Runs that wait go on. */
    public synchronized void letGo() {
        held = false;
        notifyAll();
    }

    /** Whether a run waits. */
    public boolean isWaiting() {
        return waiting() > 0;
    }

    /** How many runs wait. */
    public synchronized int waiting() {
        return waiting;
    }

    private synchronized void await() throws InterruptedException {
        waiting++;
        while (held) {
            wait();
        }
        waiting--;
    }

    private static Object overflown(Object result) {
        if (result instanceof Engine.Sums sums) {
            for (double[] layer : sums.sums()) {
                Arrays.fill(layer, Double.POSITIVE_INFINITY);
            }
        }
        return result;
    }

    private Engine on(Engine cpu) {
        return (Engine) Proxy.newProxyInstance(
                Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("compare")) {
                        await();
                        if (failing) {
                            throw new ModelException("/srv/failing.onnx", "it fails", "export it again");
                        }
                        runs.add(arguments[1] instanceof List<?> candidates ? candidates.size() : 1);
                    }
                    try {
                        Object result = method.invoke(cpu, arguments);
                        return infinite && result instanceof CompletableFuture<?> future
                                ? future.thenApply(WatchedModel::overflown)
                                : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
