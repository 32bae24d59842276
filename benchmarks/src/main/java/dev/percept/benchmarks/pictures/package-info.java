/** How much of a scoring is spent on pictures. Started by {@code benchmarks/pictures/run}. */
@NullMarked
package dev.percept.benchmarks.pictures;

import org.jspecify.annotations.NullMarked;
