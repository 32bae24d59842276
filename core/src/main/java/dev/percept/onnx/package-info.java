/**
 * The only package that knows ONNX Runtime: natives, sessions, tensors and the graphs that Percept itself writes.
 * Nothing here is API, and none of ONNX Runtime's types leaves it.
 */
@NullMarked
package dev.percept.onnx;

import org.jspecify.annotations.NullMarked;
