/**
 * Models that are installed without Python. A {@linkplain dev.percept.models.Catalogue catalogue} names them; a
 * <em>skeleton</em> is such a model's file without the values of its tensors, which a pinned weights file has. Installing fetches
 * those values, verifies them and fills the skeleton, which is then the file that {@code percept export} writes, byte for byte.
 */
@NullMarked
package dev.percept.models;

import org.jspecify.annotations.NullMarked;
