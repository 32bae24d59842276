@NullMarked
package dev.percept.terminal;

import org.jspecify.annotations.NullMarked;
