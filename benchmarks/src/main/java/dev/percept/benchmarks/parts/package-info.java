/** The library's own parts, measured by JMH. Started by {@code benchmarks/jmh/run}. */
@NullMarked
package dev.percept.benchmarks.parts;

import org.jspecify.annotations.NullMarked;
