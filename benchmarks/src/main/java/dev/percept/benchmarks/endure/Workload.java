package dev.percept.benchmarks.endure;

import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.ImagePair;
import dev.percept.ImageSource;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.gpu.Pictures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Pairs of pictures, as forms and as the library takes them, and what the library says of each. */
record Workload(List<Item> items) {
    /** Scores may differ in their last bits between batches. */
    private static final double TOLERANCE = 1e-6;

    /**
     * A pair.
     *
     * @param form the body to send
     * @param pair the same files for the library
     * @param pixels of both
     * @param total what the library computes
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Item(byte[] form, ImagePair pair, long pixels, double total) {
        /** How far off a total is, of the right one or absolutely, whichever is less. */
        double deviation(double found) {
            return Math.abs(found - total) / Math.max(1, Math.abs(total));
        }

        /** Not a number is wrong. */
        boolean isRight(double found) {
            return deviation(found) <= TOLERANCE;
        }
    }

    /** A width and a height. */
    record Size(int width, int height) {}

    /** So many pairs of each size, PNG and JPEG in turns, each with pictures of its own. */
    static Workload of(PerceptualLoss loss, int each, Size... sizes) throws IOException {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            for (Size size : sizes) {
                String format = i % 2 == 0 ? "png" : "jpeg";
                byte[] smooth = Pictures.smooth(size.width, size.height, items.size());
                byte[] reference = Pictures.file(smooth, size.width, size.height, format);
                byte[] candidate =
                        Pictures.file(Pictures.noisy(smooth, 2 + i % 7, items.size()), size.width, size.height, format);
                ImagePair pair =
                        new ImagePair(ImageSource.of(reference, "reference"), ImageSource.of(candidate, "candidate"));
                items.add(new Item(
                        Form.of(reference, candidate),
                        pair,
                        2L * size.width * size.height,
                        loss.score(pair.reference(), pair.candidate()).total()));
            }
        }
        return new Workload(List.copyOf(items));
    }

    static PerceptualLoss load(String model, long referenceCacheBytes) {
        return PerceptualLoss.load(
                Backbone.open(model),
                LossOptions.defaults().withDevice(Device.CPU).withReferenceCacheBytes(referenceCacheBytes));
    }

    Item item(long index) {
        return items.get((int) (index % items.size()));
    }

    List<ImagePair> pairs() {
        return items.stream().map(Item::pair).toList();
    }

    double meanPixels() {
        return items.stream().mapToLong(Item::pixels).average().orElseThrow();
    }
}
