package dev.percept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.image.PictureFiles;
import dev.percept.samples.Distortions;
import dev.percept.samples.Pictures;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each policy, in a case where ignoring it would give another score, and what results say of it. */
class ImagePolicyTest {
    private static final BufferedImage PICTURE = Pictures.gradient(48, 32);

    private static Score score(ImageOptions options, ImageSource reference, ImageSource candidate) {
        try (PerceptualLoss loss =
                PerceptualLoss.load(Backbone.embedded(), LossOptions.defaults().withImages(options))) {
            return loss.score(reference, candidate);
        }
    }

    private static ImageOptions defaults() {
        return ImageOptions.defaults();
    }

    private static ImageSource memory(BufferedImage image, String name) {
        return ImageSource.of(image, name);
    }

    @Test
    void picturesOfDifferentSizesAreRefusedResizedOrCropped() {
        ImageSource reference = memory(PICTURE, "reference");
        ImageSource larger = memory(Pictures.gradient(60, 40), "larger");

        assertThatThrownBy(() -> score(defaults(), reference, larger))
                .isInstanceOf(ImageException.class)
                .hasMessageContainingAll("larger: it is 60×40, the reference reference is 48×32", "--size-mismatch");
        Score resized = score(defaults().withSizeMismatch(SizeMismatch.RESIZE), reference, larger);
        Score cropped = score(defaults().withSizeMismatch(SizeMismatch.CROP), reference, larger);

        assertThat(resized.total()).isNotEqualTo(cropped.total());
        assertThat(cropped.total())
                .isEqualTo(score(
                                defaults(),
                                reference,
                                memory(Pictures.gradient(60, 40).getSubimage(0, 0, 48, 32), "part"))
                        .total());
        assertThat(resized.provenance().width()).isEqualTo(48);
        assertThat(resized.provenance().candidate().width()).isEqualTo(60);
    }

    /** Each candidate is cropped with the reference to what both have. */
    @Test
    void oneReferenceIsCroppedForEachCandidateAnew() {
        List<ImageSource> candidates = List.of(
                memory(Pictures.gradient(60, 20), "flat"),
                memory(Distortions.noise(PICTURE, 9, 1), "noisy"),
                memory(Pictures.gradient(30, 40), "slim"),
                memory(PICTURE, "equal"));
        LossOptions options = LossOptions.defaults().withImages(defaults().withSizeMismatch(SizeMismatch.CROP));
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.embedded(), options)) {
            List<ScoreResult> results = loss.score(memory(PICTURE, "reference"), candidates);

            for (int i = 0; i < candidates.size(); i++) {
                double alone = loss.score(memory(PICTURE, "reference"), candidates.get(i))
                        .total();
                assertThat(results.get(i).orElseThrow().total()).isEqualTo(alone);
            }
            assertThat(results)
                    .extracting(result -> {
                        Provenance provenance = result.orElseThrow().provenance();
                        return provenance.width() + "×" + provenance.height();
                    })
                    .containsExactly("48×20", "48×32", "30×32", "48×32");
            assertThat(results.get(3).orElseThrow().total()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(ResizeFilter.class)
    void bothPicturesAreResizedWithTheFilter(ResizeFilter filter) {
        ImageSource reference = memory(PICTURE, "reference");
        ImageSource candidate = memory(Distortions.noise(PICTURE, 40, 1), "candidate");
        ImageOptions small = defaults().withResize(Resize.of("24x20")).withFilter(filter);

        Score score = score(small, reference, candidate);

        assertThat(score.provenance().width()).isEqualTo(24);
        assertThat(score.provenance().height()).isEqualTo(20);
        assertThat(score.total())
                .isNotEqualTo(score(defaults(), reference, candidate).total());
        for (ResizeFilter other : ResizeFilter.values()) {
            if (other != filter) {
                assertThat(score.total())
                        .isNotEqualTo(score(small.withFilter(other), reference, candidate)
                                .total());
            }
        }
    }

    @Test
    void theShorterSideDecides() {
        Score score = score(
                defaults().withResize(Resize.of("short:16")),
                memory(PICTURE, "reference"),
                memory(Pictures.gradient(96, 64), "candidate"));

        assertThat(score.provenance().width()).isEqualTo(24);
        assertThat(score.provenance().height()).isEqualTo(16);
    }

    /** The left half is transparent, and what it hides is of another colour. */
    private static BufferedImage transparent(Color hidden) {
        BufferedImage image = new BufferedImage(48, 32, BufferedImage.TYPE_INT_ARGB);
        image.createGraphics().drawImage(PICTURE, 0, 0, null);
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 24; x++) {
                image.setRGB(x, y, hidden.getRGB() & 0xffffff);
            }
        }
        return image;
    }

    @ParameterizedTest
    @EnumSource(
            value = Alpha.class,
            names = {"WHITE", "BLACK", "CHECKERBOARD", "WORST"})
    void whatATransparentPixelHidesNeverCounts(Alpha alpha) {
        Score score = score(
                defaults().withAlpha(alpha),
                memory(transparent(Color.RED), "red"),
                memory(transparent(Color.GREEN), "green"));

        assertThat(score.total()).isZero();
        assertThat(score.provenance().reference().alpha()).isTrue();
    }

    @Test
    void whatIsBehindTransparentPartsCounts() {
        ImageSource opaque = memory(PICTURE, "opaque");
        ImageSource holed = memory(transparent(Color.RED), "holed");
        double white = score(defaults(), opaque, holed).total();
        double black = score(defaults().withAlpha(Alpha.BLACK), opaque, holed).total();
        double checkered =
                score(defaults().withAlpha(Alpha.CHECKERBOARD), opaque, holed).total();
        Score worst = score(defaults().withAlpha(Alpha.WORST), opaque, holed);

        assertThat(List.of(white, black, checkered)).doesNotHaveDuplicates();
        assertThat(worst.total()).isEqualTo(Math.max(white, black));
        assertThat(worst.provenance().background()).isEqualTo(white > black ? Alpha.WHITE : Alpha.BLACK);
        assertThatThrownBy(() -> score(defaults().withAlpha(Alpha.ERROR), opaque, holed))
                .isInstanceOf(ImageException.class)
                .hasMessageContainingAll("holed", "transparent");
        assertThat(score(defaults().withAlpha(Alpha.ERROR), opaque, opaque).total())
                .isZero();
    }

    /** White on white is nothing: that is what worst is for. */
    @Test
    void whiteOnWhiteIsSeenByTheWorstOfTwo() {
        BufferedImage white = new BufferedImage(48, 32, BufferedImage.TYPE_INT_ARGB);
        for (int y = 8; y < 24; y++) {
            for (int x = 8; x < 40; x++) {
                white.setRGB(x, y, 0xffffffff);
            }
        }
        ImageSource drawn = memory(white, "drawn");
        ImageSource empty = memory(new BufferedImage(48, 32, BufferedImage.TYPE_INT_ARGB), "empty");

        assertThat(score(defaults(), empty, drawn).total()).isZero();
        Score worst = score(defaults().withAlpha(Alpha.WORST), empty, drawn);
        assertThat(worst.total()).isPositive();
        assertThat(worst.provenance().background()).isEqualTo(Alpha.BLACK);
    }

    /** The worst of two for one of many, and for the others their only one. */
    @Test
    void transparentAndOpaqueCandidatesShareAReference() {
        LossOptions options = LossOptions.defaults().withImages(defaults().withAlpha(Alpha.WORST));
        List<ImageSource> candidates = List.of(
                memory(transparent(Color.RED), "holed"),
                memory(Distortions.noise(PICTURE, 9, 1), "noisy"),
                memory(PICTURE, "equal"),
                memory(transparent(Color.BLUE), "holed too"));
        try (PerceptualLoss loss = PerceptualLoss.load(Backbone.embedded(), options)) {
            List<ScoreResult> results = loss.score(memory(PICTURE, "reference"), candidates);

            for (int i = 0; i < candidates.size(); i++) {
                Score alone = loss.score(memory(PICTURE, "reference"), candidates.get(i));
                Score together = results.get(i).orElseThrow();
                assertThat(together.total()).isEqualTo(alone.total());
                assertThat(together.provenance().background())
                        .isEqualTo(alone.provenance().background());
            }
        }
    }

    @Test
    void anOrientationIsAppliedOrNot() throws IOException {
        ImageSource stored = ImageSource.of(PictureFiles.png(PICTURE), "stored");
        ImageSource upsideDown = ImageSource.of(PictureFiles.pngWithOrientation(PICTURE, 3), "upside-down");

        Score applied = score(defaults(), stored, upsideDown);
        Score ignored = score(defaults().withOrientation(Orientation.IGNORE), stored, upsideDown);

        assertThat(applied.total()).isPositive();
        assertThat(applied.provenance().candidate().orientation()).isEqualTo(3);
        assertThat(ignored.total()).isZero();
    }

    @Test
    void aQuarterTurnChangesTheSize() throws IOException {
        ImageSource turned = ImageSource.of(PictureFiles.pngWithOrientation(PICTURE, 6), "turned");

        Score score = score(defaults(), turned, turned("again"));

        assertThat(score.provenance().width()).isEqualTo(32);
        assertThat(score.provenance().height()).isEqualTo(48);
        assertThat(score.provenance().reference().width()).isEqualTo(48);
        assertThatThrownBy(() -> score(defaults(), memory(PICTURE, "stored"), turned("other")))
                .hasMessageContaining("32×48");
    }

    private static ImageSource turned(String name) throws IOException {
        return ImageSource.of(PictureFiles.pngWithOrientation(PICTURE, 6), name);
    }

    @Test
    void aProfileIsConvertedOrIgnored() throws IOException {
        ImageSource plain = ImageSource.of(PictureFiles.png(PICTURE), "plain");
        ImageSource linear = ImageSource.of(PictureFiles.pngWithProfile(PICTURE, PictureFiles.linear()), "linear");

        Score converted = score(defaults(), plain, linear);
        Score ignored = score(defaults().withIcc(IccProfile.IGNORE), plain, linear);

        assertThat(converted.total()).isPositive();
        assertThat(converted.provenance().candidate().profileUse()).isEqualTo(ImageFacts.ProfileUse.CONVERTED);
        assertThat(ignored.total()).isZero();
        assertThat(ignored.provenance().candidate().profileUse()).isEqualTo(ImageFacts.ProfileUse.IGNORED);
    }

    @Test
    void aDamagedProfileIsIgnoredAndSaidToBe() throws IOException {
        ImageSource plain = ImageSource.of(PictureFiles.png(PICTURE), "plain");
        byte[] damaged = PictureFiles.linear();
        damaged[36] = 'x';

        Score score =
                score(defaults(), plain, ImageSource.of(PictureFiles.pngWithProfile(PICTURE, damaged), "damaged"));

        assertThat(score.total()).isZero();
        assertThat(score.provenance().candidate().profileUse()).isEqualTo(ImageFacts.ProfileUse.UNUSABLE);
    }

    @Test
    void aProfileOfSrgbNeedsNothing() throws IOException {
        byte[] file = PictureFiles.pngWithProfile(PICTURE, PictureFiles.srgb());

        Score score = score(
                defaults(), ImageSource.of(PictureFiles.png(PICTURE), "plain"), ImageSource.of(file, "with-profile"));

        assertThat(score.total()).isZero();
        assertThat(score.provenance().candidate().profileUse()).isEqualTo(ImageFacts.ProfileUse.SRGB);
    }

    /** Half a level of 8 bits is a difference of 128 in 16: rounding it away would make the pair equal. */
    @Test
    void sixteenBitsReachTheModel() {
        BufferedImage deep = PictureFiles.deep(PICTURE, 0);
        ImageSource eight = memory(PICTURE, "eight");

        Score equal = score(defaults(), eight, memory(deep, "deep"));
        Score faint = score(defaults(), eight, memory(PictureFiles.deep(PICTURE, 100), "faint"));

        assertThat(equal.total()).isZero();
        assertThat(equal.provenance().bits()).isEqualTo(16);
        assertThat(faint.total()).isPositive();
        assertThat(score(defaults(), eight, eight).provenance().bits()).isEqualTo(8);
    }

    /** Pairs of either depth in one call, with the reference of one depth. */
    @Test
    void depthsMixUnderOneReference() {
        BufferedImage noisy = Distortions.noise(PICTURE, 9, 1);
        List<ImageSource> candidates = List.of(
                memory(noisy, "eight"), memory(PictureFiles.deep(noisy, 0), "sixteen"), memory(PICTURE, "equal"));
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            for (ImageSource reference : List.of(memory(PICTURE, "r8"), memory(PictureFiles.deep(PICTURE, 0), "r16"))) {
                List<ScoreResult> results = loss.score(reference, candidates);

                double eight = results.get(0).orElseThrow().total();
                assertThat(results.get(1).orElseThrow().total())
                        .isEqualTo(eight)
                        .isPositive();
                assertThat(results.get(2).orElseThrow().total()).isZero();
            }
        }
    }

    @Test
    void limitsAreKeptByTheHeader() throws IOException {
        ImageSource picture = ImageSource.of(PictureFiles.png(PICTURE), "picture");
        ImageLimits limits = ImageLimits.defaults();

        refused(limits.withBytes(100), picture, "100 bytes", "--max-bytes");
        refused(limits.withPixels(48 * 32 - 1), picture, "1535 in all", "--max-pixels");
        refused(limits.withSide(47), picture, "47 a side", "--max-side");
        refused(limits.withScoredPixels(48 * 32 - 1), picture, "1535 pixels that are scored", "--max-scored-pixels");
        ImageOptions exact =
                defaults().withLimits(limits.withPixels(48 * 32).withSide(48).withScoredPixels(48 * 32));
        assertThat(score(exact, picture, picture).total()).isZero();
    }

    private static void refused(ImageLimits limits, ImageSource picture, String... words) {
        assertThatThrownBy(() -> score(defaults().withLimits(limits), picture, picture))
                .isInstanceOf(ImageException.class)
                .hasMessageContainingAll(words);
    }
}
