package com.example;

import dev.percept.Backbone;
import dev.percept.CudaOptions;
import dev.percept.ImagePair;
import dev.percept.ImageSource;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import dev.percept.Precision;
import dev.percept.Provenance;
import dev.percept.ScoreResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Scores many pairs in one call, on a GPU where there is one: {@code Pairs [REFERENCE CANDIDATE]…}. */
public final class Pairs {
    private Pairs() {}

    public static void main(String[] args) {
        List<ImagePair> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            pairs.add(new ImagePair(ImageSource.of(Path.of(args[i])), ImageSource.of(Path.of(args[i + 1]))));
        }
        // Pixels that a decoder or renderer has made need no file: 8-bit sRGB, interleaved. They are not copied.
        byte[] black = new byte[3 * 64 * 48];
        byte[] white = new byte[3 * 64 * 48];
        Arrays.fill(white, (byte) 255);
        pairs.add(new ImagePair(ImageSource.ofRgb(black, 64, 48, "black"), ImageSource.ofRgb(white, 64, 48, "white")));

        // On the CPU neither has an effect.
        LossOptions options = LossOptions.defaults()
                .withPrecision(Precision.TF32)
                .withCuda(CudaOptions.defaults().withMemoryBytes(8L << 30));
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.open("nlpd"), options)) {
            for (ScoreResult result : loss.score(pairs)) {
                Provenance.Execution execution = result.orElseThrow().provenance().execution();
                System.out.println(result.orElseThrow().total() + " " + result.candidate() + " (" + execution.provider()
                        + ", " + execution.precision().id() + ")");
            }
        }
    }
}
