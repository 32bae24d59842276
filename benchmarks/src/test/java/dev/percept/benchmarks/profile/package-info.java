/** Tests of what measures. */
@NullMarked
package dev.percept.benchmarks.profile;

import org.jspecify.annotations.NullMarked;
