package dev.percept.image;

/**
 * A rectangle of pixels.
 *
 * @param top the first row
 * @param left the first column
 * @param bottom the row after the last
 * @param right the column after the last
 */
public record Area(int top, int left, int bottom, int right) {
    /** The smallest that contains both. */
    public Area with(Area other) {
        return new Area(
                Math.min(top, other.top),
                Math.min(left, other.left),
                Math.max(bottom, other.bottom),
                Math.max(right, other.right));
    }
}
