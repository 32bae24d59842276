package dev.percept.image.vp8;

/** Smooths samples on both sides of an edge (RFC 6386, sections 15.2 and 15.3). */
final class EdgeFilter {
    private final byte[] s;
    private int edgeLimit;
    private int interior;
    private int highVariance;

    EdgeFilter(byte[] samples) {
        this.s = samples;
    }

    /**
     * Sets what the following edges have in common.
     *
     * @param edge the limit of differences across the edge
     * @param inside the most by which neighbours on the same side may differ
     * @param variance the most by which those next to the edge may differ to count as smooth
     */
    void limits(int edge, int inside, int variance) {
        edgeLimit = 2 * edge + 1;
        interior = inside;
        highVariance = variance;
    }

    /**
     * The simple filter.
     *
     * @param at the first sample behind the edge
     * @param across from a sample to the next one across the edge
     * @param along from a sample to the next one along the edge
     */
    void simple(int at, int across, int along) {
        int q = at;
        for (int i = 0; i < 16; i++) {
            int p1 = s[q - 2 * across] & 0xff;
            int p0 = s[q - across] & 0xff;
            int q0 = s[q] & 0xff;
            int q1 = s[q + across] & 0xff;
            if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) <= edgeLimit) {
                nearest(q, across, p1, p0, q0, q1);
            }
            q += along;
        }
    }

    /** The normal filter between macroblocks; of so many samples along the edge. */
    void outer(int at, int across, int along, int count) {
        int q = at;
        for (int i = 0; i < count; i++) {
            int p1 = s[q - 2 * across] & 0xff;
            int p0 = s[q - across] & 0xff;
            int q0 = s[q] & 0xff;
            int q1 = s[q + across] & 0xff;
            if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) <= edgeLimit && smooth(q, across, p1, p0, q0, q1)) {
                if (Math.abs(p1 - p0) > highVariance || Math.abs(q1 - q0) > highVariance) {
                    nearest(q, across, p1, p0, q0, q1);
                } else {
                    three(q, across, p1, p0, q0, q1);
                }
            }
            q += along;
        }
    }

    /** The normal filter between the blocks of a macroblock. */
    void inner(int at, int across, int along, int count) {
        int q = at;
        for (int i = 0; i < count; i++) {
            int p1 = s[q - 2 * across] & 0xff;
            int p0 = s[q - across] & 0xff;
            int q0 = s[q] & 0xff;
            int q1 = s[q + across] & 0xff;
            if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) <= edgeLimit && smooth(q, across, p1, p0, q0, q1)) {
                if (Math.abs(p1 - p0) > highVariance || Math.abs(q1 - q0) > highVariance) {
                    nearest(q, across, p1, p0, q0, q1);
                } else {
                    two(q, across, p1, p0, q0, q1);
                }
            }
            q += along;
        }
    }

    /** Whether neighbours on the same side differ little. */
    private boolean smooth(int q, int across, int p1, int p0, int q0, int q1) {
        int most = interior;
        if (Math.abs(p1 - p0) > most || Math.abs(q1 - q0) > most) {
            return false;
        }
        int p2 = s[q - 3 * across] & 0xff;
        int q2 = s[q + 2 * across] & 0xff;
        if (Math.abs(p2 - p1) > most || Math.abs(q2 - q1) > most) {
            return false;
        }
        int p3 = s[q - 4 * across] & 0xff;
        int q3 = s[q + 3 * across] & 0xff;
        return Math.abs(p3 - p2) <= most && Math.abs(q3 - q2) <= most;
    }

    /** Changes one sample on each side, by up to 16. */
    private void nearest(int q, int across, int p1, int p0, int q0, int q1) {
        int difference = 3 * (q0 - p0) + signed(p1 - q1);
        s[q - across] = Plane.limit(p0 + eighth(difference + 3));
        s[q] = Plane.limit(q0 - eighth(difference + 4));
    }

    /** Changes two samples on each side. */
    private void two(int q, int across, int p1, int p0, int q0, int q1) {
        int difference = 3 * (q0 - p0);
        int near = eighth(difference + 4);
        int far = (near + 1) >> 1;
        s[q - 2 * across] = Plane.limit(p1 + far);
        s[q - across] = Plane.limit(p0 + eighth(difference + 3));
        s[q] = Plane.limit(q0 - near);
        s[q + across] = Plane.limit(q1 - far);
    }

    /** Changes three samples on each side. */
    private void three(int q, int across, int p1, int p0, int q0, int q1) {
        int p2 = s[q - 3 * across] & 0xff;
        int q2 = s[q + 2 * across] & 0xff;
        int difference = signed(3 * (q0 - p0) + signed(p1 - q1));
        int near = (27 * difference + 63) >> 7;
        int middle = (18 * difference + 63) >> 7;
        int far = (9 * difference + 63) >> 7;
        s[q - 3 * across] = Plane.limit(p2 + far);
        s[q - 2 * across] = Plane.limit(p1 + middle);
        s[q - across] = Plane.limit(p0 + near);
        s[q] = Plane.limit(q0 - near);
        s[q + across] = Plane.limit(q1 - middle);
        s[q + 2 * across] = Plane.limit(q2 - far);
    }

    private static int signed(int value) {
        return Math.max(-128, Math.min(127, value));
    }

    private static int eighth(int value) {
        return Math.max(-16, Math.min(15, value >> 3));
    }
}
