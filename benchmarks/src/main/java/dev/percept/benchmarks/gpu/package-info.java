/** The acceptance run for GPUs: parity, speed and memory in one table. Started by {@code benchmarks/gpu/accept}. */
@NullMarked
package dev.percept.benchmarks.gpu;

import org.jspecify.annotations.NullMarked;
