package dev.percept.cli;

import dev.percept.Backbone;
import dev.percept.Device;
import dev.percept.ImageException;
import dev.percept.ImageOptions;
import dev.percept.ImageSource;
import dev.percept.LossOptions;
import dev.percept.PerceptException;
import dev.percept.PerceptualLoss;
import dev.percept.Score;
import dev.percept.ScoreReport;
import dev.percept.ScoreResult;
import dev.percept.terminal.DeviceName;
import dev.percept.terminal.GpuOptions;
import dev.percept.terminal.KernelOption;
import dev.percept.terminal.MemoryBudget;
import dev.percept.terminal.NativeFolder;
import dev.percept.terminal.PictureOptions;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code percept score}: how different candidates look from a reference. */
@Command(
        name = "score",
        addMethodSubcommands = false,
        description = "Scores how different each candidate looks from the reference: 0 is equal, more is worse.",
        footer = {
            "",
            "Example: percept score before.png after.png --fail-above 0.1",
            "Candidates that fail are named on standard error, the others are scored; the exit code is then",
            "3 (or 4, a model; 5, a device), whatever the threshold says."
        })
final class ScoreCommand implements Callable<Integer> {
    /** Forms of the result. */
    enum Format {
        table,
        json,
        csv
    }

    /** A file of that name is {@code ./-}. */
    private static final String STANDARD_INPUT = "-";

    private final Session session;

    @Parameters(
            index = "0",
            paramLabel = "REFERENCE",
            converter = Picture.class,
            description = "The picture to compare with; - is standard input.")
    private Path reference = Path.of("");

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "CANDIDATE",
            converter = Picture.class,
            description = "The pictures to score, of the same size; one may be -.")
    private List<Path> candidates = new ArrayList<>();

    @Option(
            names = "--model",
            paramLabel = "NAME|FILE",
            description = "The model; without it the default one (see: percept models).")
    private @Nullable String model;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            converter = DeviceName.class,
            completionCandidates = DeviceName.class,
            description = "auto, cpu, cuda or cuda:N. auto takes the GPU where it works; it is the default.")
    private Device device = Device.AUTO;

    @Option(names = "--layers", paramLabel = "LAYER,…", description = "Score only these layers, in this order.")
    private @Nullable String layers;

    @Option(
            names = "--weights",
            paramLabel = "LAYER=W,…",
            description = "Other weights: relu2_1=1,relu4_1=0.5, or for every scored layer in order: 1,0.5.")
    private @Nullable String weights;

    @Option(
            names = "--distance",
            paramLabel = "D",
            description = "mse, mae or rms for all layers, or for some: relu2_1=mae,relu4_1=rms.")
    private @Nullable String distance;

    @Option(names = "--threads", paramLabel = "N", description = "CPU threads; by default one for each processor.")
    private @Nullable Integer threads;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES}. The table is sorted, the worst last; default: table.")
    private Format format = Format.table;

    @Option(
            names = "--fail-above",
            paramLabel = "T",
            description = "Exit with 1 if any total is larger than T; equal passes.")
    private @Nullable Double threshold;

    @Mixin
    private HeatMapOptions heatMaps = new HeatMapOptions();

    @Mixin
    private MemoryBudget memory = new MemoryBudget();

    @Mixin
    private PictureOptions pictures = new PictureOptions();

    @Mixin
    private NativeFolder natives = new NativeFolder();

    @Mixin
    private KernelOption kernels = new KernelOption();

    @Mixin
    private GpuOptions gpu = new GpuOptions();

    ScoreCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (threshold != null && !(Double.isFinite(threshold) && threshold >= 0)) {
            throw new UsageException("--fail-above takes a finite number from 0, not " + threshold);
        }
        if (threads != null && (threads < 1 || threads > LossOptions.MAXIMUM_THREADS)) {
            throw new UsageException(
                    "--threads takes a whole number from 1 to " + LossOptions.MAXIMUM_THREADS + ", not " + threads);
        }
        long streams = Stream.concat(Stream.of(reference), candidates.stream())
                .filter(ScoreCommand::isStandardInput)
                .count();
        if (streams > 1) {
            throw new UsageException("standard input (-) can be only one of the pictures: it is read once");
        }
        LayerChoice choice = LayerChoice.parse(layers, weights, distance);
        Backbone backbone = Backbone.open(model == null ? session.folders().defaultModel() : model, session.folders());
        LossOptions options = choice.apply(options(backbone), backbone.spec());
        if (backbone.spec().weights().random()) {
            session.warn("the model " + backbone.name() + " has random weights ("
                    + backbone.spec().weights().source() + "): scores mean nothing");
        }
        HeatMapFiles files = heatMaps.files(options.apply(backbone.spec().layers()), reference, candidates);
        natives.use();
        try (PerceptualLoss loss = PerceptualLoss.load(backbone, options)) {
            ImageSource left = source(reference, files != null);
            List<ImageSource> right = candidates.stream()
                    .map(candidate -> source(candidate, files != null))
                    .toList();
            List<ScoreResult> results = loss.score(left, right);
            print(loss, results);
            int code = judge(results);
            return files == null ? code : Math.max(code, map(loss, files, left, right, results));
        }
    }

    private static boolean isStandardInput(Path picture) {
        return picture.toString().equals(STANDARD_INPUT);
    }

    /** @param again whether it is read more than once, which standard input can't be */
    private ImageSource source(Path picture, boolean again) {
        if (!isStandardInput(picture)) {
            return ImageSource.of(picture);
        }
        if (!again) {
            return ImageSource.of(session.in(), STANDARD_INPUT);
        }
        long most = pictures.applyTo(ImageOptions.defaults()).limits().bytes();
        try {
            // One more than is allowed is refused as it would be in a stream.
            return ImageSource.of(session.in().readNBytes(Math.toIntExact(most + 1)), STANDARD_INPUT);
        } catch (IOException e) {
            throw new ImageException(
                    STANDARD_INPUT, "it can't be read (" + PerceptException.reason(e) + ")", "send it again", e);
        }
    }

    /** Writes the heat maps of what has a score. Returns the exit code. */
    private int map(
            PerceptualLoss loss,
            HeatMapFiles files,
            ImageSource left,
            List<ImageSource> right,
            List<ScoreResult> results) {
        int code = ExitCode.OK;
        for (int i = 0; i < right.size(); i++) {
            if (results.get(i).score() == null) {
                continue;
            }
            try {
                files.write(loss.heatMaps(left, right.get(i)), i);
            } catch (PerceptException e) {
                session.complain(Objects.toString(e.getMessage()));
                code = Math.max(code, ExitCode.of(e));
            } catch (IOException e) {
                session.complain(files.folder() + ": the heat map of "
                        + right.get(i).name() + " can't be written (" + PerceptException.reason(e)
                        + "); check the folder, and that the disk has room");
                code = ExitCode.OUTPUT;
            }
        }
        return code;
    }

    private LossOptions options(Backbone backbone) {
        // The only call of this process is the last that uses the reference.
        LossOptions options = LossOptions.defaults().withDevice(device).withReferenceCacheBytes(0);
        if (threads != null) {
            options = options.withThreads(threads);
        }
        try {
            gpu.requireFit(backbone);
            return kernels.applyTo(gpu.applyTo(memory.applyTo(options))).withImages(pictures.applyTo(options.images()));
        } catch (IllegalArgumentException e) {
            throw new UsageException(Objects.toString(e.getMessage()), e);
        }
    }

    private void print(PerceptualLoss loss, List<ScoreResult> results) {
        boolean noneScored = results.stream().allMatch(result -> result.score() == null);
        if (noneScored && (results.size() == 1 || format == Format.table)) {
            return;
        }
        switch (format) {
            case table -> ScoreTable.print(loss, reference, results, session.out());
            case json -> session.out().println(ScoreReport.toJson(loss.backbone(), results));
            case csv -> ScoreCsv.print(loss.backbone().name(), loss.layers(), results, session.out());
        }
    }

    /** Names the failures and the scores above the threshold. Returns the exit code. */
    private int judge(List<ScoreResult> results) {
        int code = ExitCode.OK;
        for (ScoreResult result : results) {
            PerceptException error = result.error();
            if (error != null) {
                session.complain(Objects.toString(error.getMessage()));
                code = Math.max(code, ExitCode.of(error));
            }
        }
        Double limit = threshold;
        if (limit == null) {
            return code;
        }
        // A score is finite, so none slips through as NaN would.
        List<ScoreResult> above = results.stream()
                .filter(result -> result.score() != null && result.score().total() > limit)
                .sorted(Comparator.comparingDouble((ScoreResult result) -> total(result))
                        .reversed())
                .toList();
        if (above.isEmpty()) {
            return code;
        }
        session.complain(above.size() + " of " + results.size() + " scores above " + limit + "; the worst is "
                + total(above.get(0)) + ", " + above.get(0).candidate());
        return Math.max(code, ExitCode.ABOVE_THRESHOLD);
    }

    private static double total(ScoreResult result) {
        Score score = result.orElseThrow();
        return score.total();
    }

    /** A picture's file. What can't even be a path is a missing picture, not a misused command. */
    static final class Picture implements ITypeConverter<Path> {
        @Override
        public Path convert(String value) {
            try {
                return Path.of(value);
            } catch (InvalidPathException e) {
                throw new ImageException(
                        value,
                        "it is not a path (" + e.getReason() + ")",
                        "check the name, and that LC_ALL is UTF-8",
                        e);
            }
        }
    }
}
