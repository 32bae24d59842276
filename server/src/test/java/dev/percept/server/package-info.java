@NullMarked
package dev.percept.server;

import org.jspecify.annotations.NullMarked;
