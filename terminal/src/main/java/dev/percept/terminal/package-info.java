/**
 * What the programs {@code percept} and {@code percept serve} have in common: options that both take, signals, and how a
 * message becomes one line.
 */
@NullMarked
package dev.percept.terminal;

import org.jspecify.annotations.NullMarked;
