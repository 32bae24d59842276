package dev.percept.benchmarks.peers;

import com.google.gson.JsonObject;
import dev.percept.ImagePair;
import dev.percept.ImageSource;
import dev.percept.PerceptualLoss;
import dev.percept.Score;
import dev.percept.ScoreResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What is to be measured.
 *
 * @param way how the pairs are handed over
 * @param references one, or as many as there are candidates
 * @param candidates to compare with them
 */
record Request(Way way, List<ImageSource> references, List<ImageSource> candidates) {
    /** How pairs are handed over. */
    enum Way {
        /** All in one call. */
        PAIRS,
        /** One call for each. */
        EACH,
        /** One reference and all candidates in one call. */
        SHARED
    }

    /** Pixels of 8 bits, red, green and blue. */
    private static final int PIXEL_BYTES = 3;

    /**
     * Reads a request, and the pictures that it names.
     *
     * @throws IOException if they can't be read, or the file isn't as long as it must be
     */
    static Request of(JsonObject json) throws IOException {
        Way way = Way.valueOf(json.get("way").getAsString().toUpperCase(Locale.ROOT));
        int pairs = json.get("pairs").getAsInt();
        int references = way == Way.SHARED ? 1 : pairs;
        int width = json.get("width").getAsInt();
        int height = json.get("height").getAsInt();
        Path file = Path.of(json.get("file").getAsString());
        int each = PIXEL_BYTES * width * height;
        if (Files.size(file) != (long) each * (references + pairs)) {
            throw new IOException(file + " has " + Files.size(file) + " bytes, and not " + (references + pairs)
                    + " pictures of " + width + "×" + height);
        }
        List<ImageSource> sources = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file)) {
            for (int i = 0; i < references + pairs; i++) {
                sources.add(ImageSource.ofRgb(in.readNBytes(each), width, height, "picture " + i));
            }
        }
        return new Request(
                way,
                List.copyOf(sources.subList(0, references)),
                List.copyOf(sources.subList(references, sources.size())));
    }

    /** Scores the pairs. */
    List<Score> run(PerceptualLoss loss) {
        return switch (way) {
            case PAIRS ->
                loss.score(pairs()).stream().map(ScoreResult::orElseThrow).toList();
            case EACH ->
                pairs().stream()
                        .map(pair -> loss.score(pair.reference(), pair.candidate()))
                        .toList();
            case SHARED ->
                loss.score(references.get(0), candidates).stream()
                        .map(ScoreResult::orElseThrow)
                        .toList();
        };
    }

    private List<ImagePair> pairs() {
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            pairs.add(new ImagePair(references.get(i), candidates.get(i)));
        }
        return pairs;
    }
}
