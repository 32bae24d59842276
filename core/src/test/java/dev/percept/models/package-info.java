@NullMarked
package dev.percept.models;

import org.jspecify.annotations.NullMarked;
