// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.math.BigDecimal;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Draws one heat map and its legend: a scale with numbers, and what the map is of. */
final class HeatMapDrawing {
    private static final int BACKGROUND = 0xFFFFFF;
    private static final int INK = 0x202020;

    /** Pixels of a picture's width for each size of the letters. */
    private static final int WIDTH_PER_SIZE = 400;
    /** The least width of a legend, for pictures that are narrower. */
    private static final int LEAST_WIDTH = 200;
    /** In dots, as all lengths of the legend. */
    private static final int MARGIN = 6;

    private static final int BAR_HEIGHT = 8;
    private static final int MARK_HEIGHT = 3;
    private static final int GAP = 3;
    /** Dots of the bar for each mark, so that numbers don't touch. */
    private static final int DOTS_PER_MARK = 48;

    private final BufferedImage image;
    private final byte[] samples;
    private final int size;

    private HeatMapDrawing(BufferedImage image, int size) {
        this.image = image;
        this.samples = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        this.size = size;
        Arrays.fill(samples, (byte) BACKGROUND);
    }

    /** The drawing: see {@link HeatMap#toImage(double)}. */
    static BufferedImage of(HeatMap map, String summary, double scaleEnd) {
        int width = Math.max(LEAST_WIDTH, map.width());
        int size = Math.max(1, width / WIDTH_PER_SIZE);
        int characters = (width / size - 2 * MARGIN) / Glyphs.ADVANCE;
        List<String> lines = new ArrayList<>(Glyphs.lines(map.model() + ": " + map.name(), characters));
        lines.addAll(Glyphs.lines(summary + ", largest " + Figures.number(map.maximum()), characters));
        int bar = MARGIN + BAR_HEIGHT + MARK_HEIGHT + GAP + Glyphs.HEIGHT + GAP;
        int height = bar + lines.size() * (Glyphs.HEIGHT + GAP) + MARGIN - GAP;
        try {
            HeatMapDrawing drawing = new HeatMapDrawing(
                    new BufferedImage(width, Math.addExact(map.height(), size * height), BufferedImage.TYPE_3BYTE_BGR),
                    size);
            drawing.draw(map, scaleEnd);
            drawing.drawScale(map.height(), scaleEnd);
            for (int i = 0; i < lines.size(); i++) {
                drawing.write(lines.get(i), size * MARGIN, map.height() + size * (bar + i * (Glyphs.HEIGHT + GAP)));
            }
            return drawing.image;
        } catch (OutOfMemoryError e) {
            throw new ImageException(
                    "a picture of " + map.width() + "×" + map.height(),
                    "the drawing of its heat map does not fit into memory",
                    "give the JVM more memory (-Xmx)",
                    e);
        }
    }

    private void draw(HeatMap map, double scaleEnd) {
        FloatBuffer values = map.values();
        for (int y = 0; y < map.height(); y++) {
            for (int x = 0; x < map.width(); x++) {
                float value = values.get();
                set(x, y, HeatColours.at(scaleEnd == 0 ? 0 : value / scaleEnd));
            }
        }
    }

    private void drawScale(int top, double scaleEnd) {
        int left = size * MARGIN;
        int length = image.getWidth() - 2 * left;
        int barTop = top + size * MARGIN;
        int barBottom = barTop + size * BAR_HEIGHT;
        for (int x = 0; x < length; x++) {
            fill(left + x, barTop, 1, barBottom - barTop, HeatColours.at(x / (length - 1.0)));
        }
        mark(left, barBottom, "0");
        if (scaleEnd == 0) {
            return;
        }
        BigDecimal step = Figures.step(scaleEnd, Math.max(1, length / size / DOTS_PER_MARK));
        for (BigDecimal at = step; at.doubleValue() <= scaleEnd; at = at.add(step)) {
            int x = (int) Math.round((length - 1) * (at.doubleValue() / scaleEnd));
            mark(left + x, barBottom, Figures.number(at.doubleValue()));
        }
    }

    /** A mark below the bar, with its number, which stays inside of the drawing. */
    private void mark(int x, int top, String number) {
        fill(x, top, size, size * MARK_HEIGHT, INK);
        int width = size * Glyphs.width(number);
        int left = Math.max(size, Math.min(image.getWidth() - size - width, x - width / 2));
        write(number, left, top + size * (MARK_HEIGHT + GAP));
    }

    private void write(String text, int left, int top) {
        for (int i = 0; i < text.length(); i++) {
            for (int y = 0; y < Glyphs.HEIGHT; y++) {
                for (int x = 0; x < Glyphs.WIDTH; x++) {
                    if (Glyphs.isSet(text.charAt(i), x, y)) {
                        fill(left + size * (i * Glyphs.ADVANCE + x), top + size * y, size, size, INK);
                    }
                }
            }
        }
    }

    private void fill(int left, int top, int width, int height, int colour) {
        for (int y = top; y < top + height; y++) {
            for (int x = left; x < Math.min(image.getWidth(), left + width); x++) {
                set(x, y, colour);
            }
        }
    }

    private void set(int x, int y, int colour) {
        int at = 3 * (y * image.getWidth() + x);
        samples[at] = (byte) colour;
        samples[at + 1] = (byte) (colour >> 8);
        samples[at + 2] = (byte) (colour >> 16);
    }
}
