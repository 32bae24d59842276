/** Tests of what measures. */
@NullMarked
package dev.percept.benchmarks.gpu;

import org.jspecify.annotations.NullMarked;
