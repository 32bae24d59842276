@NullMarked
package dev.percept;

import org.jspecify.annotations.NullMarked;
