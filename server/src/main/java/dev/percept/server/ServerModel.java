// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model that a {@link PerceptServer} is to have. Immutable.
 *
 * @param alias what requests call it: 1 to 64 of {@code A-Z a-z 0-9 . _ -}; null for the name that it has itself
 * @param source name or file, as {@link dev.percept.Backbone#open(String)} takes it
 */
public record ServerModel(@Nullable String alias, String source) {
    private static final Pattern ALIAS = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern ALIASED = Pattern.compile("(" + ALIAS + ")=(.+)", Pattern.DOTALL);

    public ServerModel {
        if (alias != null && !ALIAS.matcher(alias).matches()) {
            throw new IllegalArgumentException(
                    "a model can't be called '" + alias + "'; take 1 to 64 of A-Z a-z 0-9 . _ -");
        }
        if (source.isBlank()) {
            throw new IllegalArgumentException("a model needs a name or a file");
        }
    }

    /**
     * A model as {@code --model} takes it: {@code NAME}, {@code FILE} or {@code ALIAS=FILE}.
     *
     * @throws IllegalArgumentException if it is blank
     */
    public static ServerModel of(String text) {
        Matcher aliased = ALIASED.matcher(text.strip());
        return aliased.matches()
                ? new ServerModel(aliased.group(1), aliased.group(2).strip())
                : new ServerModel(null, text.strip());
    }
}
