/** Where the time of an evaluation goes, operator by operator. */
@NullMarked
package dev.percept.benchmarks.profile;

import org.jspecify.annotations.NullMarked;
