package dev.percept.samples;

import dev.percept.PerceptualLoss;
import dev.percept.ScoreResult;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Scores the sample pictures and draws them on one sheet: the reference, then the candidates, the worst last. */
public final class ContactSheet {

    private static final int COLUMNS = 4;
    private static final int MARGIN = 32;
    private static final int GAP_X = 24;
    private static final int GAP_Y = 26;
    private static final int TILE_WIDTH = 206;
    private static final int CAPTION_HEIGHT = 38;
    private static final double CORNER = 6;

    private static final double CAPITAL = 11;
    private static final int BAR_HEIGHT = 3;

    private static final Vec SLATE = new Vec(32, 39, 51);
    private static final Vec TROUGH = new Vec(53, 63, 79);
    private static final Vec NAME = new Vec(172, 183, 200);
    private static final Vec TOTAL = new Vec(244, 247, 251);
    private static final Vec MARK = new Vec(94, 196, 234);
    private static final Vec GOOD = new Vec(80, 200, 150);
    private static final Vec FAIR = new Vec(242, 190, 84);
    private static final Vec BAD = new Vec(238, 96, 82);

    private static final String REFERENCE = "reference";
    private static final String EXTENSION = ".png";

    private ContactSheet() {}

    /** Draws the PNG files of the folder named by the first argument into the JPEG file named by the second. */
    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("expected two arguments: the folder of samples and the file to write");
        }
        write(sheet(entries(Path.of(args[0]))).toImage(), Path.of(args[1]));
    }

    private record Entry(String name, Raster8 picture, double total) {

        boolean isReference() {
            return name.equals(REFERENCE);
        }
    }

    /** The reference, which scores 0 against itself, and the candidates, the most alike first. */
    private static List<Entry> entries(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.filter(file -> file.toString().endsWith(EXTENSION))
                    .sorted()
                    .toList();
        }
        List<Entry> entries = new ArrayList<>();
        try (PerceptualLoss loss = PerceptualLoss.load("nlpd")) {
            List<ScoreResult> results = loss.score(folder.resolve(REFERENCE + EXTENSION), files);
            for (int index = 0; index < files.size(); index++) {
                Path file = files.get(index);
                String fileName = String.valueOf(file.getFileName());
                String name = fileName.substring(0, fileName.length() - EXTENSION.length());
                Raster8 picture = Raster8.of(ImageIO.read(file.toFile()));
                entries.add(new Entry(
                        name, picture, results.get(index).orElseThrow().total()));
            }
        }
        entries.sort(Comparator.comparing(Entry::isReference).reversed().thenComparingDouble(Entry::total));
        return entries;
    }

    private static ContactSheetCanvas sheet(List<Entry> entries) {
        int tileHeight = 0;
        double worst = 0;
        for (Entry entry : entries) {
            Raster8 picture = entry.picture();
            tileHeight = Math.max(tileHeight, Math.round((float) TILE_WIDTH * picture.height() / picture.width()));
            worst = Math.max(worst, entry.total());
        }
        int rows = (entries.size() + COLUMNS - 1) / COLUMNS;
        int stepX = TILE_WIDTH + GAP_X;
        int stepY = tileHeight + CAPTION_HEIGHT + GAP_Y;
        ContactSheetCanvas canvas =
                new ContactSheetCanvas(2 * MARGIN + COLUMNS * stepX - GAP_X, 2 * MARGIN + rows * stepY - GAP_Y, SLATE);
        for (int index = 0; index < entries.size(); index++) {
            int left = MARGIN + index % COLUMNS * stepX;
            int top = MARGIN + index / COLUMNS * stepY;
            tile(canvas, entries.get(index), left, top, tileHeight, worst);
        }
        return canvas;
    }

    private static void tile(ContactSheetCanvas canvas, Entry entry, int left, int top, int height, double worst) {
        boolean reference = entry.isReference();
        if (reference) {
            canvas.box(left - 5, top - 5, TILE_WIDTH + 10, height + 10, CORNER + 5, MARK);
            canvas.box(left - 3, top - 3, TILE_WIDTH + 6, height + 6, CORNER + 3, SLATE);
        }
        canvas.picture(left, top, TILE_WIDTH, height, CORNER, entry.picture());

        double base = top + height + 15 + CAPITAL;
        String name = entry.name().toUpperCase(Locale.ROOT);
        canvas.write(name, left + 1, base, CAPITAL, reference ? MARK : NAME);
        String total = threeDigits(entry.total());
        canvas.write(total, left + TILE_WIDTH - 1 - ContactSheetCanvas.width(total, CAPITAL), base, CAPITAL, TOTAL);

        int barTop = top + height + CAPTION_HEIGHT - BAR_HEIGHT;
        double share = worst == 0 ? 0 : entry.total() / worst;
        canvas.box(left, barTop, TILE_WIDTH, BAR_HEIGHT, BAR_HEIGHT / 2.0, TROUGH);
        if (share > 0) {
            double length = Math.max(BAR_HEIGHT, share * TILE_WIDTH);
            Vec colour = share < 0.5 ? GOOD.mix(FAIR, 2 * share) : FAIR.mix(BAD, 2 * share - 1);
            canvas.box(left, barTop, length, BAR_HEIGHT, BAR_HEIGHT / 2.0, colour);
        }
    }

    private static String threeDigits(double total) {
        return new BigDecimal(total)
                .round(new MathContext(3, RoundingMode.HALF_EVEN))
                .toPlainString();
    }

    private static void write(BufferedImage image, Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.deleteIfExists(file);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(0.9f);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
    }
}
