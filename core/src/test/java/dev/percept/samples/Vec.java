package dev.percept.samples;

/** Three numbers that belong together: a point or direction in space, or a linear-light red, green and blue. */
record Vec(double x, double y, double z) {

    static final Vec ZERO = new Vec(0, 0, 0);

    Vec plus(Vec other) {
        return new Vec(x + other.x, y + other.y, z + other.z);
    }

    Vec minus(Vec other) {
        return new Vec(x - other.x, y - other.y, z - other.z);
    }

    Vec times(double factor) {
        return new Vec(x * factor, y * factor, z * factor);
    }

    /** The product number by number: what is left of a light after a coloured surface or filter. */
    Vec times(Vec other) {
        return new Vec(x * other.x, y * other.y, z * other.z);
    }

    double dot(Vec other) {
        return x * other.x + y * other.y + z * other.z;
    }

    double length() {
        return Math.sqrt(dot(this));
    }

    Vec unit() {
        return times(1 / length());
    }

    /** This direction mirrored by a surface with the unit normal {@code normal}. */
    Vec reflected(Vec normal) {
        return minus(normal.times(2 * dot(normal)));
    }

    /** The mixture that is this at {@code share} 0 and {@code other} at 1. */
    Vec mix(Vec other, double share) {
        return times(1 - share).plus(other.times(share));
    }
}
