/** What a benchmark measures inside of core. */
@NullMarked
package dev.percept.onnx;

import org.jspecify.annotations.NullMarked;
