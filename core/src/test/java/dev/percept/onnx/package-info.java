@NullMarked
package dev.percept.onnx;

import org.jspecify.annotations.NullMarked;
