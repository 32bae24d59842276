package dev.percept.benchmarks.pictures;

import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.ImageOptions;
import dev.percept.ImageSource;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import dev.percept.benchmarks.gpu.Pictures;
import dev.percept.image.Decoder;
import dev.percept.image.Pixels;
import dev.percept.onnx.Preprocessing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * What decoding and preprocessing a pair take of scoring it, from files in memory: {@code DecodeShare ROUNDS MODEL…}. The fastest of
 * the rounds counts, and rounds go over all of them.
 */
public final class DecodeShare {
    /** Beyond this, a model with activations like VGG19's doesn't fit. */
    private static final long MOST_DEEP_PIXELS = 3_000_000;

    private static final int[][] SIZES = {{224, 224}, {1920, 1080}, {6000, 4000}};

    private DecodeShare() {}

    /** One row: what is measured, and the least milliseconds so far. */
    private static final class Row {
        private final String what;
        private final Callable<?> decode;
        private final Callable<?> preprocess;
        private final Callable<?> score;
        private final double[] least = {Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE};

        private Row(String what, Callable<?> decode, Callable<?> preprocess, Callable<?> score) {
            this.what = what;
            this.decode = decode;
            this.preprocess = preprocess;
            this.score = score;
        }

        private void measure() throws Exception {
            List<Callable<?>> all = List.of(decode, preprocess, score);
            for (int i = 0; i < least.length; i++) {
                long start = System.nanoTime();
                all.get(i).call();
                least[i] = Math.min(least[i], (System.nanoTime() - start) / 1e6);
            }
        }

        private void print() {
            System.out.printf(
                    Locale.ROOT,
                    "%-28s %10.1f %10.1f %10.1f %7.0f%%%n",
                    what,
                    least[0],
                    least[1],
                    least[2],
                    100 * (least[0] + least[1]) / least[2]);
        }
    }

    /** Prints the table. */
    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[0]);
        List<PerceptualLoss> losses = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
            losses.add(PerceptualLoss.load(
                    Backbone.open(arguments[i]), LossOptions.defaults().withDevice(Device.CPU)));
        }
        List<Row> rows = new ArrayList<>();
        for (int[] size : SIZES) {
            for (String format : new String[] {"jpeg", "png"}) {
                byte[] reference = file(size[0], size[1], 0, format);
                byte[] candidate = file(size[0], size[1], 4, format);
                for (PerceptualLoss loss : losses) {
                    boolean small =
                            loss.backbone().name().equals("nlpd") || (long) size[0] * size[1] < MOST_DEEP_PIXELS;
                    if (small) {
                        rows.add(row(loss, size, format, reference, candidate));
                    }
                }
            }
        }
        for (int round = 0; round < rounds; round++) {
            for (Row row : rows) {
                row.measure();
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%-28s %10s %10s %10s %8s%n",
                "milliseconds for a pair",
                "decode",
                "preprocess",
                "score",
                "share");
        rows.forEach(Row::print);
        losses.forEach(PerceptualLoss::close);
    }

    private static Row row(PerceptualLoss loss, int[] size, String format, byte[] reference, byte[] candidate) {
        Decoder decoder = new Decoder(ImageOptions.defaults());
        ImageSource left = ImageSource.of(reference, "reference");
        ImageSource right = ImageSource.of(candidate, "candidate");
        Pixels first = decoder.decode(left).pixels();
        Pixels second = decoder.decode(right).pixels();
        Preprocessing preprocessing = new Preprocessing(loss.backbone(), size[0], size[1]);
        return new Row(
                size[0] + "×" + size[1] + " " + format + " " + loss.backbone().name(),
                () -> List.of(decoder.decode(left), decoder.decode(right)),
                () -> {
                    preprocessing.write(first);
                    preprocessing.write(second);
                    return first;
                },
                () -> loss.score(left, right));
    }

    private static byte[] file(int width, int height, double noise, String format) throws IOException {
        byte[] rgb = Pictures.smooth(width, height, 1);
        return Pictures.file(noise == 0 ? rgb : Pictures.noisy(rgb, noise, 1), width, height, format);
    }
}
