/** The sample pictures and the usual distortions of them, drawn by code. */
@NullMarked
package dev.percept.samples;

import org.jspecify.annotations.NullMarked;
