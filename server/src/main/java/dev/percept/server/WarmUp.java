// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import dev.percept.ImageSource;
import dev.percept.InputSpec;
import dev.percept.ModelException;
import dev.percept.PerceptualLoss;

/** Whether a model that was loaded works: it scores pictures that are drawn here. */
final class WarmUp {
    /** Of pictures, where the model takes any size. */
    private static final int SIDE = 64;

    private WarmUp() {}

    /**
     * Scores two pictures against each other, and one against itself.
     *
     * @throws dev.percept.PerceptException if that fails, or comes to what can't be: a score that isn't finite, or one other than 0 of
     *     a picture against itself
     */
    static void run(PerceptualLoss loss) {
        InputSpec.Size size = loss.backbone().spec().input().size();
        int width = size.fixedWidth() == null ? side(size) : size.fixedWidth();
        int height = size.fixedHeight() == null ? side(size) : size.fixedHeight();
        ImageSource one = draw(width, height, 5);
        require(loss, Double.isFinite(loss.score(one, draw(width, height, 3)).total()), "a score isn't finite");
        require(loss, loss.score(one, one).total() == 0, "a picture differs from itself");
    }

    private static int side(InputSpec.Size size) {
        int least = Math.max(SIDE, size.minimum());
        return (least + size.multiple() - 1) / size.multiple() * size.multiple();
    }

    private static void require(PerceptualLoss loss, boolean good, String otherwise) {
        if (!good) {
            throw new ModelException(
                    loss.backbone().location(), otherwise + " in its warm-up", "export or fetch it again");
        }
    }

    /** Ramps and a pattern, so that no layer sees nothing. */
    private static ImageSource draw(int width, int height, int period) {
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int at = 3 * (y * width + x);
                rgb[at] = (byte) (x * 255 / width);
                rgb[at + 1] = (byte) (y * 255 / height);
                rgb[at + 2] = (byte) ((x / period + y / period) % 2 * 255);
            }
        }
        return ImageSource.ofRgb(rgb, width, height, "warm-up-" + period);
    }
}
