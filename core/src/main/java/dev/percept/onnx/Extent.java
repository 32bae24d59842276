// SPDX-License-Identifier: Apache-2.0
package dev.percept.onnx;

import dev.percept.image.Pixels;

/** How large something is that has rows and columns: a picture in pixels, or a value in cells. */
record Extent(int width, int height) {
    static Extent of(Pixels picture) {
        return new Extent(picture.width(), picture.height());
    }

    long area() {
        return (long) width * height;
    }
}
