package dev.percept.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.IntPredicate;

/** Columns that line up, for people to read. */
final class Table {
    private Table() {}

    /**
     * Prints rows.
     *
     * @param rows of the same number of cells
     * @param leftAligned tells by a column's index whether it is, rather than right-aligned
     */
    static void print(List<List<String>> rows, PrintWriter out, IntPredicate leftAligned) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String cell = row.get(i);
                String padding = " ".repeat(widths[i] - width(cell));
                line.append(i == 0 ? "" : "  ").append(leftAligned.test(i) ? cell + padding : padding + cell);
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
