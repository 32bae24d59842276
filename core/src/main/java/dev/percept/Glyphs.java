// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Letters as dots, drawn in {@code glyphs.txt}: the printable characters of ASCII. Java's own text needs fonts and libraries of the
 * system, which servers and containers often lack, and looks different everywhere.
 */
final class Glyphs {
    /** Dots of a character from left to right. */
    static final int WIDTH = 5;
    /** Dots from the top of a capital to the bottom of a {@code g}. */
    static final int HEIGHT = 9;
    /** Dots from one character to the next. */
    static final int ADVANCE = WIDTH + 1;

    private static final char FIRST = ' ';
    private static final int IN_ROW = 16;
    private static final List<String> ROWS = read();

    private Glyphs() {}

    private static List<String> read() {
        try (InputStream in = Objects.requireNonNull(Glyphs.class.getResourceAsStream("glyphs.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Percept's own glyphs.txt can't be read", e);
        }
    }

    /** Whether a character has a dot there; what isn't ASCII looks like a question mark. */
    static boolean isSet(char character, int x, int y) {
        int index = (character >= FIRST && character <= '~' ? character : '?') - FIRST;
        String row = ROWS.get(index / IN_ROW * (HEIGHT + 1) + y);
        return row.charAt(index % IN_ROW * ADVANCE + x) == '#';
    }

    /** The dots that a text takes from left to right. */
    static int width(String text) {
        return Math.max(0, text.length() * ADVANCE - 1);
    }

    /**
     * Breaks a text into lines, at spaces where there are any.
     *
     * @param most characters of a line, at least 1
     */
    static List<String> lines(String text, int most) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > most) {
            int space = rest.lastIndexOf(' ', most);
            int end = space > 0 ? space : most;
            lines.add(rest.substring(0, end));
            rest = rest.substring(end).stripLeading();
        }
        lines.add(rest);
        return lines;
    }
}
