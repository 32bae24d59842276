@NullMarked
package dev.percept.kept;

import org.jspecify.annotations.NullMarked;
