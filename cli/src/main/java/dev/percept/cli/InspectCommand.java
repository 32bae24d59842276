package dev.percept.cli;

import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.Feature;
import dev.percept.ForeignModel;
import dev.percept.ImageLimits;
import dev.percept.InputSpec;
import dev.percept.LossOptions;
import dev.percept.MissingSpecException;
import dev.percept.ModelException;
import dev.percept.PerceptualLoss;
import dev.percept.terminal.NativeFolder;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code percept inspect}: what a model says of itself, and the shapes it computes. */
@Command(
        name = "inspect",
        description = "Shows a model's spec, where it came from, and its layers' shapes at 224×224.",
        footer = {
            "",
            "A model that doesn't take 224×224 is shown at its only size, or at the next larger one it takes.",
            "Of an ONNX file without a spec it shows what may serve as layers, and how to describe it; exit code 4, since",
            "such a model can't score."
        })
final class InspectCommand implements Callable<Integer> {
    private static final int USUAL_SIDE = 224;

    /** Forms of the description. */
    enum Format {
        table,
        json
    }

    private final Session session;

    @Parameters(paramLabel = "MODEL", description = "A model's name or file.")
    private String model = "";

    @Option(names = "--format", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}; default: table.")
    private Format format = Format.table;

    @Mixin
    private NativeFolder natives = new NativeFolder();

    InspectCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        natives.use();
        Backbone backbone;
        try {
            backbone = Backbone.open(model, session.folders());
        } catch (MissingSpecException e) {
            throw undescribed(ForeignModel.read(e.file()));
        }
        BufferedImage blank = blank(backbone);
        try (PerceptualLoss loss =
                PerceptualLoss.load(backbone, LossOptions.defaults().withDevice(Device.CPU))) {
            List<Feature> features = loss.features(blank);
            var description = new ModelDescription(backbone, features, blank.getWidth(), blank.getHeight());
            session.out().print(format == Format.json ? description.json() : description.text());
        }
        return ExitCode.OK;
    }

    /** Shows what is known of a model without a spec, and returns why that isn't enough. */
    private ModelException undescribed(ForeignModel foreign) {
        var description = new ForeignDescription(foreign);
        session.out().print(format == Format.json ? description.json() : description.text());
        session.out().flush();
        return new ModelException(
                foreign.location(),
                "it has no " + Backbone.SPEC_KEY + ", so it can't score yet",
                "describe it: " + description.wrap());
    }

    private static BufferedImage blank(Backbone backbone) {
        InputSpec.Size size = backbone.spec().input().size();
        long side = Math.max(USUAL_SIDE, size.minimum());
        // Up to the next multiple: less than 2^32.
        long accepted = -Math.floorDiv(-side, size.multiple()) * size.multiple();
        long width = size.fixedWidth() == null ? accepted : size.fixedWidth();
        long height = size.fixedHeight() == null ? accepted : size.fixedHeight();
        long most = ImageLimits.defaults().scoredPixels();
        if (width > most / height) {
            throw new ModelException(
                    backbone.location(),
                    "by its spec the smallest picture it takes is " + width + "×" + height
                            + ", and none may have more than " + most + " pixels",
                    "correct the size in its spec");
        }
        return new BufferedImage((int) width, (int) height, BufferedImage.TYPE_INT_RGB);
    }
}
