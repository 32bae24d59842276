package dev.percept;

import org.jspecify.annotations.Nullable;

/**
 * What became of one candidate among many: a score, or why there is none.
 *
 * @param reference name of the reference
 * @param candidate name of the candidate
 * @param score the score, or null if it failed
 * @param error why it failed, or null if it was scored
 */
public record ScoreResult(
        String reference,
        String candidate,
        @Nullable Score score,
        @Nullable PerceptException error) {
    public ScoreResult {
        if ((score == null) == (error == null)) {
            throw new IllegalArgumentException("a result is either a score or an error");
        }
    }

    /**
     * The score.
     *
     * @throws PerceptException the error, if there is no score
     */
    public Score orElseThrow() {
        if (score != null) {
            return score;
        }
        throw error == null ? new IllegalStateException("neither score nor error") : error;
    }
}
