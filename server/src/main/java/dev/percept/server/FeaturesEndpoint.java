// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import dev.percept.Feature;
import dev.percept.ImageException;
import dev.percept.ImageSource;
import dev.percept.LayerSpec;
import dev.percept.PerceptualLoss;
import io.javalin.http.Context;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code POST /v1/features}: a form of one picture in, what a layer sees in it out, as NumPy's array. */
final class FeaturesEndpoint {
    /** Features are computed of a picture as a whole, and large ones take gigabytes in many models. */
    static final int MOST_PIXELS = 1 << 20;

    private static final String IMAGE = "image";
    private static final String LAYER = "layer";
    private static final PictureForm.Fields FIELDS =
            new PictureForm.Fields(List.of(IMAGE), List.of(LAYER, ServerState.MODEL));

    private final ServerState state;
    private final Intake intake;

    FeaturesEndpoint(ServerState state, Intake intake) {
        this.state = state;
        this.intake = intake;
    }

    CompletableFuture<Void> handle(Context context) {
        state.requireScoring(context);
        String contentType = FormParts.requireForm(context);
        return intake.take(context, exchange -> {
            PictureForm form = PictureForm.parse(exchange.body(), contentType, context, FIELDS);
            ServedModel.Lease model = exchange.lease(state, form.parameter(ServerState.MODEL));
            PerceptualLoss loss = model.loss();
            int layer = layer(loss, form);
            ImageSource image = form.picture(IMAGE);
            Job<LayerAnswer> job =
                    new SoloJob<>(model, exchange.ticket(), List.of(image), () -> decode(loss, image), decoded -> {
                        Feature feature = loss.features(decoded).get(layer);
                        return LayerAnswer.of(LayerAnswer.NPY, feature.layer(), feature::writeNpy);
                    });
            return exchange.answer(job, answer -> answer.write(context));
        });
    }

    private static ImageSource.Decoded decode(PerceptualLoss loss, ImageSource image) {
        ImageSource.Decoded decoded = loss.decode(image);
        if ((long) decoded.width() * decoded.height() > MOST_PIXELS) {
            throw new ImageException(
                    image.name(),
                    "it is " + decoded.width() + "×" + decoded.height() + ", more than the " + MOST_PIXELS
                            + " pixels whose features are sent",
                    "scale or crop it");
        }
        return decoded;
    }

    /** The index of the layer that is asked for; the last if none is. */
    private static int layer(PerceptualLoss loss, PictureForm form) {
        List<String> layers = loss.layers().stream().map(LayerSpec::name).toList();
        String wanted = form.parameter(LAYER);
        int index = wanted == null ? layers.size() - 1 : layers.indexOf(wanted);
        if (index < 0) {
            throw LayerAnswer.noLayer(String.valueOf(wanted), "the layers", layers);
        }
        return index;
    }
}
