package dev.percept;

import dev.percept.kept.Digests;
import dev.percept.onnx.ModelGraph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A model file that was read, checked against its digest and spec, and is fit to be run: what
 * {@link PerceptualLoss#load(Backbone, LossOptions)} loads. Immutable.
 *
 * <p>Opening one runs no native code. A malformed file is refused here, before ONNX Runtime sees it.
 */
public final class Backbone {
    /** Name of the model that every installation has. */
    public static final String EMBEDDED = "nlpd";

    /** Its digest, which needs no computing at each start. */
    static final String EMBEDDED_SHA256 = "4dcd152183855c1b905931789500ab497a34cb9a94ffee8343353c9b0dc42f69";

    /** Where the file keeps its spec among the ONNX metadata. */
    public static final String SPEC_KEY = "percept.spec";

    private static final String SIDECAR = ".json";

    private final String location;
    private final @Nullable Path file;
    private final @Nullable FileStamp stamp;
    private final byte @Nullable [] bytes;
    private final String sha256;
    private final BackboneSpec spec;
    private final ModelGraph graph;

    private Backbone(
            String location,
            @Nullable Path file,
            @Nullable FileStamp stamp,
            byte @Nullable [] bytes,
            String sha256,
            BackboneSpec spec,
            ModelGraph graph) {
        this.location = location;
        this.file = file;
        this.stamp = stamp;
        this.bytes = bytes;
        this.sha256 = sha256;
        this.spec = spec;
        this.graph = graph;
    }

    /**
     * Opens a model by name or file: {@code nlpd}, the name of an installed model, or a path. What contains a separator or
     * ends in {@code .onnx} is a path; so is anything else that is no model's name but a file's.
     *
     * @throws ModelException if there is none, or it is not fit to be run
     */
    public static Backbone open(String nameOrFile) {
        return open(nameOrFile, PerceptHome.ofUser());
    }

    /**
     * Opens a model by name or file, looking for installed ones in these folders.
     *
     * @throws ModelException if there is none, or it is not fit to be run
     */
    public static Backbone open(String nameOrFile, PerceptHome folders) {
        if (nameOrFile.endsWith(".onnx") || nameOrFile.contains("/") || nameOrFile.contains("\\")) {
            return open(ModelFiles.path(nameOrFile), folders);
        }
        if (nameOrFile.equals(EMBEDDED)) {
            return embedded();
        }
        Path installed = ModelFiles.path(folders.models() + "/" + nameOrFile + ".onnx");
        if (Files.isRegularFile(installed)) {
            return open(installed, folders);
        }
        Path here = ModelFiles.path(nameOrFile);
        if (Files.isRegularFile(here)) {
            return open(here, folders);
        }
        var names = new TreeSet<>(folders.installedModels());
        names.add(EMBEDDED);
        throw new ModelException(
                nameOrFile,
                "there is no model of this name; known are " + String.join(", ", names),
                "name one of these, give a file, or install one: percept models install vgg19");
    }

    /**
     * Opens a model file.
     *
     * @throws MissingSpecException if it is an ONNX model without a spec; {@link ForeignModel} tells what can be known of it
     * @throws ModelException if it is missing, malformed, or not what its spec or digest says
     */
    public static Backbone open(Path file) {
        return open(file, PerceptHome.ofUser());
    }

    private static Backbone open(Path file, PerceptHome folders) {
        ModelFiles.requireFile(file);
        FileStamp stamp = FileStamp.of(file);
        Digests.State state = ModelFiles.state(file);
        try {
            ByteBuffer content = ModelFiles.content(file);
            String sha256 = ModelFiles.sha256(file, state, content.duplicate(), new Digests(folders.cache()));
            Path sidecar = file.resolveSibling(file.getFileName() + SIDECAR);
            String sidecarText = Files.exists(sidecar) ? text(sidecar) : null;
            return read(file.toString(), file, stamp, content, null, sha256, sidecarText);
        } catch (IOException e) {
            throw ModelFiles.unreadable(file, e);
        }
    }

    /** The model inside this library. */
    static Backbone embedded() {
        try (InputStream in = Backbone.class.getResourceAsStream("models/" + EMBEDDED + ".onnx")) {
            byte[] bytes = Objects.requireNonNull(in, "this build has no embedded model")
                    .readAllBytes();
            ByteBuffer content = ByteBuffer.wrap(bytes);
            return read(EMBEDDED, null, null, content, bytes, EMBEDDED_SHA256, null);
        } catch (IOException e) {
            throw new ModelException(EMBEDDED, "the embedded model can't be read", "repair the installation", e);
        }
    }

    private static Backbone read(
            String where,
            @Nullable Path file,
            @Nullable FileStamp stamp,
            ByteBuffer content,
            byte @Nullable [] bytes,
            String sha256,
            @Nullable String sidecar) {
        // The digest comes first: where it differs, whatever else is said of the file is about another one.
        BackboneSpec spec = sidecar == null ? null : parse(where + SIDECAR, sidecar);
        if (spec != null && spec.sha256() != null && !spec.sha256().equals(sha256)) {
            throw new ModelException(
                    where,
                    "its SHA-256 is " + sha256 + ", its sidecar names " + spec.sha256(),
                    "fetch the right file, or correct the sidecar");
        }
        ModelGraph graph = ModelFiles.graph(where, content, file);
        if (spec == null) {
            String embedded = graph.metadata().get(SPEC_KEY);
            if (embedded == null) {
                throw new MissingSpecException(where);
            }
            spec = parse(where, embedded);
            if (spec.sha256() != null) {
                throw new ModelException(
                        where,
                        "its embedded " + SPEC_KEY + " names a sha256",
                        "keep that in a sidecar: a file can't hold its own");
            }
        }
        SpecCheck.check(where, spec, graph);
        return new Backbone(file == null ? "embedded" : where, file, stamp, bytes, sha256, spec, graph);
    }

    private static BackboneSpec parse(String where, String json) {
        try {
            return SpecReader.read(json);
        } catch (SpecSyntaxException e) {
            throw new ModelException(
                    where, "bad " + SPEC_KEY + ": " + e.getMessage(), "see docs/backbones.md for its fields", e);
        }
    }

    private static String text(Path sidecar) throws IOException {
        try {
            return Files.readString(sidecar, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new ModelException(sidecar.toString(), "it is not UTF-8 text", "write it again", e);
        }
    }

    /** The name in its spec. */
    public String name() {
        return spec.name();
    }

    /** The path it was opened from, or {@code embedded}. */
    public String location() {
        return location;
    }

    /** The file's SHA-256 in lower-case hex. Weights stored outside the file are not part of it. */
    public String sha256() {
        return sha256;
    }

    /** What it says of itself. */
    public BackboneSpec spec() {
        return spec;
    }

    /**
     * The numbers that it computes in: {@link Precision#FP16} if its spec says so, or if anything in its graph is a 16-bit float;
     * what that costs is then known only from the spec.
     */
    public Precision precision() {
        PrecisionSpec stated = spec.precision();
        return stated != null ? stated.type() : graph.half() ? Precision.FP16 : Precision.FP32;
    }

    /** The operator set of its graph. */
    public long opset() {
        return graph.opset();
    }

    /**
     * Makes sure that the file is still the one that was checked.
     *
     * @throws ModelException if it is gone, or was written since
     */
    void requireUnchanged() {
        if (file != null && !FileStamp.of(file).equals(stamp)) {
            throw new ModelException(location, "it has changed since it was opened", "open it again");
        }
    }

    /** Equal for models that are the same to the last bit. Weights in other files aren't looked at, so those equal nothing. */
    Object identity() {
        return graph.externalData() ? new Object() : new Identity(location, stamp, sha256);
    }

    private record Identity(String location, @Nullable FileStamp stamp, String sha256) {
        /** Not a record's own, which costs a cold start some milliseconds. */
        @Override
        public int hashCode() {
            return sha256.hashCode();
        }
    }

    ModelGraph graph() {
        return graph;
    }

    @Nullable
    Path file() {
        return file;
    }

    byte @Nullable [] bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return name() + " (" + location + ")";
    }
}
