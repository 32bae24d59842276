/**
 * Percept scores how different two images look, with deep features.
 *
 * <p>A <em>backbone</em> is one ONNX file that describes itself: one image input, one output per feature <em>layer</em>.
 * A {@link dev.percept.PerceptualLoss} runs it over a <em>reference</em> and its <em>candidates</em>, compares each
 * layer's <em>features</em> with that layer's <em>distance</em>, and answers with a {@link dev.percept.Score}: the
 * weighted sum, its parts, and their {@linkplain dev.percept.Provenance provenance}.
 *
 * <pre>{@code
 * try (PerceptualLoss loss = PerceptualLoss.load(Path.of("vgg19.onnx"))) {
 *     Score score = loss.score(Path.of("reference.png"), Path.of("candidate.png"));
 *     System.out.println(score.total());
 * }
 * }</pre>
 *
 * <p>Everything that can go wrong with a picture, a model or the machine is a {@link dev.percept.PerceptException}.
 */
@NullMarked
package dev.percept;

import org.jspecify.annotations.NullMarked;
