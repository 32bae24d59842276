package dev.percept;

import dev.percept.image.Picture;
import dev.percept.image.Pixels;
import dev.percept.onnx.Engine;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** A reference that many candidates are compared with: what an engine makes of it is kept. For one thread. */
final class SharedReference implements AutoCloseable {
    /** The views, and those that became of them: each with itself in 16 bits, once that was needed. */
    private final IdentityHashMap<Pixels, Pixels> deep = new IdentityHashMap<>();

    private final Map<Engine, IdentityHashMap<Pixels, Engine.References>> taken = new HashMap<>();

    SharedReference(Picture picture) {
        picture.views().forEach(view -> deep.put(view, view));
    }

    /** Whether these are the reference's own pixels, of either depth. */
    boolean has(Pixels pixels) {
        return deep.containsKey(pixels);
    }

    /** The same in 16 bits; the same each time where they are the reference's. */
    Pixels deepened(Pixels pixels) {
        Pixels known = deep.get(pixels);
        if (known == null || known.isDeep()) {
            return known == null ? pixels.deep() : known;
        }
        Pixels deeper = pixels.deep();
        deep.put(pixels, deeper);
        deep.put(deeper, deeper);
        return deeper;
    }

    /** Whether an engine has taken it already, for this call or for one before. */
    boolean isTaken(Engine engine, Pixels pixels) {
        IdentityHashMap<Pixels, Engine.References> known = takenBy(engine);
        if (known.containsKey(pixels)) {
            return true;
        }
        Engine.References before = engine.known(pixels);
        if (before != null) {
            known.put(pixels, before);
        }
        return before != null;
    }

    private IdentityHashMap<Pixels, Engine.References> takenBy(Engine engine) {
        return taken.computeIfAbsent(engine, absent -> new IdentityHashMap<>());
    }

    /**
     * What an engine makes of the reference.
     *
     * @throws PerceptException if it fails, and there is nothing to fall back to
     */
    Engine.References of(Running running, Pixels pixels) {
        IdentityHashMap<Pixels, Engine.References> known = takenBy(running.engine());
        Engine.References references = known.get(pixels);
        if (references == null) {
            references = running.engine().references(List.of(pixels));
            known.put(pixels, references);
        }
        return references;
    }

    @Override
    public void close() {
        taken.values().forEach(known -> known.values().forEach(Engine.References::close));
    }
}
