/** What the benchmarks have in common. */
@NullMarked
package dev.percept.benchmarks;

import org.jspecify.annotations.NullMarked;
