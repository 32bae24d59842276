/** Tests of what endures. */
@NullMarked
package dev.percept.benchmarks.endure;

import org.jspecify.annotations.NullMarked;
