@NullMarked
package dev.percept.onnx.winograd;

import org.jspecify.annotations.NullMarked;
