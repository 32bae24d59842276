/** Tests of what measures. */
@NullMarked
package dev.percept.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
