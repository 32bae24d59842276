/** Tests of what measures. */
@NullMarked
package dev.percept.benchmarks.parts;

import org.jspecify.annotations.NullMarked;
