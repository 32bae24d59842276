package dev.percept.onnx;

import dev.percept.image.Area;
import dev.percept.onnx.WindowAxis.Span;

/** A part of a picture that is evaluated by itself, and the core in it whose cells count. */
public final class Window {
    private final Span rows;
    private final Span columns;

    Window(Span rows, Span columns) {
        this.rows = rows;
        this.columns = columns;
    }

    Span rows() {
        return rows;
    }

    Span columns() {
        return columns;
    }

    /** What is evaluated. */
    Area area() {
        return new Area(rows.from(), columns.from(), rows.to(), columns.to());
    }

    Extent extent() {
        return new Extent(columns.length(), rows.length());
    }

    /** Pixels that are evaluated. */
    long pixels() {
        return (long) rows.length() * columns.length();
    }

    boolean coreMeets(Window other) {
        return rows.coreFrom() < other.rows.coreTo()
                && other.rows.coreFrom() < rows.coreTo()
                && columns.coreFrom() < other.columns.coreTo()
                && other.columns.coreFrom() < columns.coreTo();
    }

    @Override
    public String toString() {
        return "Window[rows " + rows + ", columns " + columns + "]";
    }
}
