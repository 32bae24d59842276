package dev.percept.image;

/** What lies behind a picture. */
enum Background {
    WHITE {
        @Override
        int at(int x, int y, int maximum) {
            return maximum;
        }
    },
    BLACK {
        @Override
        int at(int x, int y, int maximum) {
            return 0;
        }
    },
    CHECKERBOARD {
        @Override
        int at(int x, int y, int maximum) {
            boolean white = (x / SQUARE + y / SQUARE) % 2 == 0;
            return white ? maximum : LIGHT_GREY * (maximum / 255);
        }
    };

    private static final int SQUARE = 8;
    private static final int LIGHT_GREY = 204;

    /** The grey at a place. */
    abstract int at(int x, int y, int maximum);

    /**
     * Composites a picture on this, rounding to the nearest; a pixel that is fully transparent leaves nothing of its colour.
     *
     * @param picture with three channels
     */
    Pixels under(Unpacked picture) {
        Samples opacity = picture.opacity();
        if (opacity == null) {
            return new Pixels(picture.width(), picture.height(), picture.colours());
        }
        Samples from = picture.colours();
        Samples to = from.another(from.length());
        long maximum = from.maximum();
        int at = 0;
        for (int y = 0; y < picture.height(); y++) {
            for (int x = 0; x < picture.width(); x++) {
                long opaque = opacity.get(y * picture.width() + x);
                if (opaque == maximum) {
                    from.copy(at, to, at, Pixels.CHANNELS);
                    at += Pixels.CHANNELS;
                    continue;
                }
                long behind = at(x, y, from.maximum()) * (maximum - opaque) + maximum / 2;
                for (int channel = 0; channel < Pixels.CHANNELS; channel++, at++) {
                    to.set(at, (int) ((from.get(at) * opaque + behind) / maximum));
                }
            }
        }
        return new Pixels(picture.width(), picture.height(), to);
    }
}
