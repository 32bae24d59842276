package dev.percept;

import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A loaded model that scores how different candidates look from a reference:
 * {@code L(x, y) = Σ_l w_l · d_l(φ_l(x), φ_l(y))}, over the layers l of a backbone φ.
 *
 * <pre>{@code
 * try (PerceptualLoss loss = PerceptualLoss.load(Path.of("vgg19.onnx"))) {
 *     double total = loss.score(Path.of("reference.png"), Path.of("candidate.png")).total();
 * }
 * }</pre>
 *
 * <p>Thread-safe: many threads may score at once. It holds native memory, so close it; closing waits for calls in flight,
 * later calls throw {@link IllegalStateException}, and closing twice does nothing.
 *
 * <p>Scores are exactly 0 for equal pictures, for which the model isn't run, {@code score(a, b)} equals {@code score(b, a)} (on a GPU, but for rounding), and a value that isn't
 * finite is an error, never a score. The loss is that of Johnson, Alahi and Fei-Fei, "Perceptual losses for real-time
 * style transfer and super-resolution" (2016), with each layer's mean over its own values.
 */
public sealed interface PerceptualLoss extends AutoCloseable permits BackboneLoss {
    /**
     * Loads a model file, with default options.
     *
     * @throws ModelException if it is not fit to be run
     */
    static PerceptualLoss load(Path model) {
        return load(Backbone.open(model), LossOptions.defaults());
    }

    /**
     * Loads a model by name, such as {@code nlpd}, or by file, with default options.
     *
     * @throws ModelException if there is none, or it is not fit to be run
     */
    static PerceptualLoss load(String nameOrFile) {
        return load(Backbone.open(nameOrFile), LossOptions.defaults());
    }

    /**
     * Loads an opened model.
     *
     * @throws ModelException if ONNX Runtime refuses it
     * @throws DeviceException if the device, or ONNX Runtime itself, isn't to be had
     * @throws IllegalArgumentException if the options name layers that the model doesn't have
     */
    static PerceptualLoss load(Backbone backbone, LossOptions options) {
        return new BackboneLoss(backbone, options);
    }

    /** The model. */
    Backbone backbone();

    /** The layers that are scored, with the weights and distances in force, in the order of the report. */
    List<LayerSpec> layers();

    /** Where and how the model runs now. With {@link Device#AUTO} it changes if the GPU is lost. */
    Provenance.Execution execution();

    /**
     * Scores one candidate.
     *
     * @throws ImageException if a picture can't be read, or the two differ in size and {@link ImageOptions#sizeMismatch} allows
     *     no remedy, or the model doesn't take that size
     * @throws ModelException if the model fails, or computes a value that isn't finite
     * @throws IllegalStateException if this is closed
     */
    Score score(ImageSource reference, ImageSource candidate);

    /**
     * Scores many candidates; the reference's features are computed once. Candidates are read ahead
     * while others run, streams when their turn comes.
     *
     * @return for each candidate, in their order, its score or why it has none
     * @throws ImageException if the reference can't be read or isn't of a size that the model takes
     * @throws ModelException if the model fails on the reference
     * @throws IllegalStateException if this is closed
     */
    List<ScoreResult> score(ImageSource reference, List<? extends ImageSource> candidates);

    /**
     * Scores many pairs, which need not have the same reference. Pictures are read in parallel while former pairs of
     * the same size run as one batch.
     *
     * @return for each pair, in their order, its score or why it has none
     * @throws IllegalStateException if this is closed
     */
    List<ScoreResult> score(List<ImagePair> pairs);

    /**
     * Where a candidate differs from its reference. Both are evaluated once more, apart from any score; pictures are
     * read, divided into windows and refused as for a score. Only what differs is evaluated where that is cheaper.
     *
     * @throws ImageException if a picture can't be read or made comparable, as for a score
     * @throws ModelException if the model fails, computes a value that isn't finite, or has no layer with places in the picture
     * @throws IllegalStateException if this is closed
     */
    HeatMaps heatMaps(ImageSource reference, ImageSource candidate);

    /**
     * How many pixels a picture has as stored: width times height. Only its header is read; of a stream nothing is left then.
     *
     * @throws ImageException if the header can't be read, or declares more than {@link ImageLimits} allow
     */
    long pixels(ImageSource image);

    /**
     * Reads a picture as this scores it, for programs that schedule decoding and scoring themselves. What comes back is taken wherever
     * this takes a picture, and scored as the picture itself would be. The model isn't run, nor need this be open.
     *
     * @return pixels in memory, about three bytes each, or six if the picture has more than 8 bits
     * @throws ImageException if it can't be read, or the model doesn't take its size
     */
    ImageSource.Decoded decode(ImageSource image);

    /**
     * Reads a pair as {@link #score(List)} does, and makes its pictures comparable. A reference that is decoded already isn't read again
     * and, unless it is cropped, is the same object in what comes back. The model isn't run, nor need this be open.
     *
     * @return a pair of {@link ImageSource.Decoded}
     * @throws ImageException if a picture can't be read, or they can't be compared
     */
    ImagePair decode(ImagePair pair);

    /**
     * What each layer sees in a picture, copied to the Java heap.
     *
     * @throws ImageException if the picture can't be read or isn't of a size that the model takes
     * @throws ModelException if the model fails, or computes a value that isn't finite
     * @throws IllegalStateException if this is closed
     */
    List<Feature> features(ImageSource image);

    /**
     * Why nothing can be scored any more, or null while all is well: the GPU that was asked for has been lost. The process must
     * be started again, since CUDA doesn't recover within one. Never waits for calls in flight.
     */
    @Nullable
    String lost();

    /** How references' features were used again: see {@link LossOptions#referenceCacheBytes}. Never waits for calls in flight. */
    ReferenceCacheUse referenceCache();

    /**
     * Waits for calls in flight, then frees native memory. Closing again does nothing.
     *
     * @throws IllegalStateException if called from within a call of its own, such as by a stream that it reads
     */
    @Override
    void close();

    /** {@link #score(ImageSource, ImageSource)} of two files. */
    default Score score(Path reference, Path candidate) {
        return score(ImageSource.of(reference), ImageSource.of(candidate));
    }

    /** {@link #score(ImageSource, ImageSource)} of two pictures in memory. */
    default Score score(BufferedImage reference, BufferedImage candidate) {
        return score(ImageSource.of(reference, "reference"), ImageSource.of(candidate, "candidate"));
    }

    /** {@link #score(ImageSource, ImageSource)} of two streams, which the caller closes. */
    default Score score(InputStream reference, InputStream candidate) {
        return score(ImageSource.of(reference, "reference"), ImageSource.of(candidate, "candidate"));
    }

    /** {@link #score(ImageSource, List)} of files. */
    default List<ScoreResult> score(Path reference, List<Path> candidates) {
        return score(
                ImageSource.of(reference),
                candidates.stream().map(ImageSource::of).toList());
    }

    /** {@link #heatMaps(ImageSource, ImageSource)} of two files. */
    default HeatMaps heatMaps(Path reference, Path candidate) {
        return heatMaps(ImageSource.of(reference), ImageSource.of(candidate));
    }

    /** {@link #heatMaps(ImageSource, ImageSource)} of two pictures in memory. */
    default HeatMaps heatMaps(BufferedImage reference, BufferedImage candidate) {
        return heatMaps(ImageSource.of(reference, "reference"), ImageSource.of(candidate, "candidate"));
    }

    /** {@link #features(ImageSource)} of a file. */
    default List<Feature> features(Path image) {
        return features(ImageSource.of(image));
    }

    /** {@link #features(ImageSource)} of a picture in memory. */
    default List<Feature> features(BufferedImage image) {
        return features(ImageSource.of(image, "image"));
    }

    /** {@link #features(ImageSource)} of a stream, which the caller closes. */
    default List<Feature> features(InputStream image) {
        return features(ImageSource.of(image, "image"));
    }
}
