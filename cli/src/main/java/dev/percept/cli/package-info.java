/**
 * The command line: {@code percept score}, {@code inspect}, {@code models}, {@code doctor} and {@code completion}.
 *
 * <p>{@link dev.percept.cli.Main} runs one command on a {@link dev.percept.cli.Console}; each command is a class that
 * reads its options, asks {@code dev.percept}, and prints. What is printed is a contract, in {@code docs/cli.md}: results
 * go to standard output and only there, everything else is one line on standard error, and {@link dev.percept.cli.ExitCode}
 * says what happened.
 */
@NullMarked
package dev.percept.cli;

import org.jspecify.annotations.NullMarked;
