@NullMarked
package dev.percept.image.vp8;

import org.jspecify.annotations.NullMarked;
