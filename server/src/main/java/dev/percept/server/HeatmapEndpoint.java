// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import dev.percept.HeatMap;
import dev.percept.HeatMaps;
import dev.percept.ImagePair;
import dev.percept.PerceptualLoss;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/heatmap}: a form of two pictures in, where they differ out, drawn or as numbers. */
final class HeatmapEndpoint {
    private static final String LAYER = "layer";
    private static final String FORMAT = "format";
    private static final String MAX = "max";
    private static final PictureForm.Fields FIELDS = new PictureForm.Fields(
            List.of(ScoreForm.REFERENCE, ScoreForm.CANDIDATE),
            List.of(ScoreForm.REFERENCE_ID, LAYER, FORMAT, MAX, ServerState.MODEL));

    private final ServerState state;
    private final Intake intake;
    private final References references;

    HeatmapEndpoint(ServerState state, Intake intake, References references) {
        this.state = state;
        this.intake = intake;
        this.references = references;
    }

    /**
     * What is asked for.
     *
     * @param layer its name, or that of the combined map
     * @param numbers rather than a drawing
     * @param scaleEnd of the drawing, or null for the largest value
     */
    private record Wish(
            String layer, boolean numbers, @Nullable Double scaleEnd) {
        LayerAnswer answer(HeatMaps maps) {
            HeatMap map = layer.equals(HeatMaps.COMBINED) ? maps.combined() : maps.layer(layer);
            if (numbers) {
                return LayerAnswer.of(LayerAnswer.NPY, layer, map::writeNpy);
            }
            double end = scaleEnd == null ? Math.max(0, map.maximum()) : scaleEnd;
            return LayerAnswer.of(LayerAnswer.PNG, layer, out -> map.writePng(end, out));
        }
    }

    CompletableFuture<Void> handle(Context context) {
        state.requireScoring(context);
        String contentType = FormParts.requireForm(context);
        return intake.take(context, exchange -> {
            PictureForm form = PictureForm.parse(exchange.body(), contentType, context, FIELDS);
            ServedModel.Lease model = exchange.lease(state, form.parameter(ServerState.MODEL));
            PerceptualLoss loss = model.loss();
            Wish wish = wish(loss, form, context.header("Accept"));
            ImagePair pair =
                    new ImagePair(form.picture(ScoreForm.REFERENCE, references), form.picture(ScoreForm.CANDIDATE));
            Job<LayerAnswer> job = new SoloJob<>(
                    model,
                    exchange.ticket(),
                    List.of(pair.reference(), pair.candidate()),
                    () -> loss.decode(pair),
                    decoded -> wish.answer(loss.heatMaps(decoded.reference(), decoded.candidate())));
            return exchange.answer(job, answer -> answer.write(context));
        });
    }

    private static Wish wish(PerceptualLoss loss, PictureForm form, @Nullable String accept) {
        List<String> layers = new ArrayList<>();
        loss.layers().stream().filter(layer -> layer.layout().hasPlaces()).forEach(layer -> layers.add(layer.name()));
        if (layers.isEmpty()) {
            throw new ProblemException(Problem.badForm("The model "
                    + loss.backbone().name() + " has no layer with places in the picture, and so no heat map."));
        }
        layers.add(0, HeatMaps.COMBINED);
        String layer = Objects.requireNonNullElse(form.parameter(LAYER), HeatMaps.COMBINED);
        if (!layers.contains(layer)) {
            throw LayerAnswer.noLayer(layer, "those with a heat map", layers);
        }
        boolean numbers = numbers(form.parameter(FORMAT), accept);
        String max = form.parameter(MAX);
        if (numbers && max != null) {
            throw new ProblemException(Problem.badForm("max is for drawings: numbers have no scale."));
        }
        return new Wish(layer, numbers, max == null ? null : scaleEnd(max));
    }

    /** Without a format it is a drawing, unless only numbers are accepted. */
    private static boolean numbers(@Nullable String format, @Nullable String accept) {
        if (format == null) {
            String accepted = accept == null ? "" : accept.toLowerCase(Locale.ROOT);
            return accepted.contains(LayerAnswer.NPY) && !accepted.contains(LayerAnswer.PNG);
        }
        return switch (format) {
            case "png" -> false;
            case "npy" -> true;
            default -> throw new ProblemException(Problem.badForm("format has to be png or npy."));
        };
    }

    private static double scaleEnd(String text) {
        try {
            double end = Double.parseDouble(text);
            if (Double.isFinite(end) && end > 0) {
                return end;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ProblemException(Problem.badForm("max has to be a finite number above 0."));
    }
}
