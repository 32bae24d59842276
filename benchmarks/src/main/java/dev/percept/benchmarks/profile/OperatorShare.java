package dev.percept.benchmarks.profile;

import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.ImagePair;
import dev.percept.ImageSource;
import dev.percept.Kernels;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import dev.percept.ScoreResult;
import dev.percept.benchmarks.gpu.Pictures;
import dev.percept.onnx.SessionSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What each kind of operator takes of scoring a batch of pairs, by ONNX Runtime's own profile: {@code OperatorShare MODEL ROUNDS}. Of the
 * session that took most, its fastest run counts. Prints a table for plain kernels and one for Winograd's.
 */
public final class OperatorShare {
    private static final int SIDE = 224;
    private static final int PAIRS = 8;
    /** Runs that find cold caches, or a session that is just being proven. */
    private static final int WARMUPS = 2;

    private OperatorShare() {}

    /** Prints the tables. */
    public static void main(String[] arguments) throws IOException {
        Backbone backbone = Backbone.open(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        for (Kernels kernels : List.of(Kernels.PLAIN, Kernels.WINOGRAD)) {
            Path folder = Files.createTempDirectory("percept-profile");
            try {
                System.setProperty(SessionSettings.PROFILE_PROPERTY, folder.toString());
                score(backbone, kernels, WARMUPS + rounds);
                print(kernels, busiest(folder));
            } finally {
                System.clearProperty(SessionSettings.PROFILE_PROPERTY);
                delete(folder);
            }
        }
    }

    private static void score(Backbone backbone, Kernels kernels, int rounds) {
        LossOptions options = LossOptions.defaults().withDevice(Device.CPU).withKernels(kernels);
        try (PerceptualLoss loss = PerceptualLoss.load(backbone, options)) {
            for (int round = 0; round < rounds; round++) {
                List<ImagePair> pairs = new ArrayList<>();
                for (int i = 0; i < PAIRS; i++) {
                    byte[] reference = Pictures.smooth(SIDE, SIDE, round * PAIRS + i);
                    pairs.add(new ImagePair(
                            ImageSource.ofRgb(reference, SIDE, SIDE, "reference"),
                            ImageSource.ofRgb(Pictures.noisy(reference, 2, i), SIDE, SIDE, "candidate")));
                }
                loss.score(pairs).forEach(ScoreResult::orElseThrow);
            }
        }
    }

    private static SessionProfile busiest(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(OperatorShare::profile)
                    .max(Comparator.comparingDouble(SessionProfile::milliseconds))
                    .orElseThrow(() -> new IOException("no session left a profile in " + folder));
        }
    }

    private static SessionProfile profile(Path file) {
        try {
            return SessionProfile.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void print(Kernels kernels, SessionProfile profile) {
        SessionProfile.Run run = profile.fastest();
        System.out.printf(
                Locale.ROOT,
                "%n%s kernels: %d pictures of %d² in %.1f ms, %.1f ms each, %d operators%n%n",
                kernels.name().toLowerCase(Locale.ROOT),
                run.pictures(),
                SIDE,
                run.milliseconds(),
                run.milliseconds() / run.pictures(),
                run.operators());
        System.out.println("| part | ms a picture | share | GFLOP a picture | GFLOP/s |");
        System.out.println("|---|---|---|---|---|");
        for (SessionProfile.Part part : run.parts()) {
            boolean counted = part.operations() > 0;
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.2f | %.1f %% | %s | %s |%n",
                    part.name(),
                    part.milliseconds() / run.pictures(),
                    100 * part.milliseconds() / run.milliseconds(),
                    counted ? String.format(Locale.ROOT, "%.2f", part.operations() / run.pictures() / 1e9) : "",
                    counted ? String.format(Locale.ROOT, "%.0f", part.operations() / part.milliseconds() / 1e6) : "");
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
