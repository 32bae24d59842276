// SPDX-License-Identifier: Apache-2.0
package dev.percept;

import java.nio.file.Path;

/** An ONNX model has no spec, neither inside nor beside it, so that Percept doesn't know how to use it. */
public final class MissingSpecException extends ModelException {
    private static final long serialVersionUID = 1L;

    private final String file;

    MissingSpecException(String file) {
        super(
                file,
                "it has no " + Backbone.SPEC_KEY,
                "describe it in a sidecar or a new file; this shows how: percept inspect " + file);
        this.file = file;
    }

    /** The model's file, of which {@link ForeignModel#read} tells what can be known without a spec. */
    public Path file() {
        return Path.of(file);
    }
}
