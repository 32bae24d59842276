/** Percept's side of the comparison with its peers: a process that measures what it is asked to. See {@code benchmarks/peers}. */
@NullMarked
package dev.percept.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
