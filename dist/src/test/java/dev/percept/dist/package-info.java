/**
 * What users do, done to what users get: the release archive is unpacked, and its launcher is started as a process.
 */
@NullMarked
package dev.percept.dist;

import org.jspecify.annotations.NullMarked;
