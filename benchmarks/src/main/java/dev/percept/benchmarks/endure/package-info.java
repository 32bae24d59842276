/** What the service has to endure: load, abuse, stopping, reloading, and hours. Started by {@code benchmarks/endure/serve}. */
@NullMarked
package dev.percept.benchmarks.endure;

import org.jspecify.annotations.NullMarked;
