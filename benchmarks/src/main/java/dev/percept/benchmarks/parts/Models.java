package dev.percept.benchmarks.parts;

import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;

/** The models that parts are measured with. */
final class Models {
    /** Names the file of VGG19. */
    private static final String VGG19_PROPERTY = "percept.benchmarks.vgg19";

    private Models() {}

    static Backbone open(String name) {
        if (!name.equals("vgg19")) {
            return Backbone.open(name);
        }
        String file = System.getProperty(VGG19_PROPERTY);
        if (file == null) {
            throw new IllegalStateException("-D" + VGG19_PROPERTY + " must name a file of VGG19");
        }
        return Backbone.open(file);
    }

    static PerceptualLoss load(String name) {
        return PerceptualLoss.load(open(name), LossOptions.defaults().withDevice(Device.CPU));
    }
}
