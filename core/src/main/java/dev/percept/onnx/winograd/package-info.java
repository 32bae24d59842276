/**
 * Rewrites a backbone's graph so that its 3 × 3 convolutions are evaluated by Winograd's F(4 × 4, 3 × 3): for one shape of input,
 * with what ONNX Runtime's CPU operators offer. It works on ONNX's protobuf classes only and runs nothing.
 */
@NullMarked
package dev.percept.onnx.winograd;

import org.jspecify.annotations.NullMarked;
