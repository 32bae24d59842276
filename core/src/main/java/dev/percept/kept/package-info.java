/** What later runs need not find out again, in files that nobody but the user could have written. Not API. */
@NullMarked
package dev.percept.kept;

import org.jspecify.annotations.NullMarked;
