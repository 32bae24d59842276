@NullMarked
package dev.percept.image;

import org.jspecify.annotations.NullMarked;
