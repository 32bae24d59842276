package dev.percept.cli;

import dev.percept.Alpha;
import dev.percept.ImageFacts;
import dev.percept.ImageOptions;
import dev.percept.Orientation;
import dev.percept.Provenance;
import dev.percept.ScoreResult;
import dev.percept.SizeMismatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was done with pictures before they were compared, for people. */
final class PictureNotes {
    /** Each note, and the pictures that it is about. */
    private final Map<String, Set<String>> notes = new LinkedHashMap<>();

    private PictureNotes() {}

    /** One line, or null if all pictures were taken as they are. */
    static @Nullable String of(List<ScoreResult> results) {
        PictureNotes found = new PictureNotes();
        for (ScoreResult result : results) {
            if (result.score() != null) {
                Provenance provenance = result.score().provenance();
                found.add(result.reference(), provenance.reference(), provenance);
                found.add(result.candidate(), provenance.candidate(), provenance);
            }
        }
        List<String> parts = new ArrayList<>();
        found.notes.forEach((note, pictures) -> parts.add(pictures.size() + " " + note));
        return parts.isEmpty() ? null : String.join(", ", parts);
    }

    private void add(String picture, ImageFacts facts, Provenance provenance) {
        ImageOptions options = provenance.images();
        boolean turned = options.orientation() == Orientation.APPLY && facts.orientation() > 1;
        boolean sideways = turned && facts.orientation() >= 5;
        int width = sideways ? facts.height() : facts.width();
        int height = sideways ? facts.width() : facts.height();
        if (turned) {
            note("turned upright", picture);
        }
        if (facts.profile() != null) {
            String use =
                    switch (Objects.requireNonNull(facts.profileUse())) {
                        case CONVERTED -> " converted to sRGB";
                        case IGNORED -> " ignored";
                        case UNUSABLE -> ", which is damaged, ignored";
                        case SRGB -> null;
                    };
            if (use != null) {
                note("with the profile " + Text.cell(facts.profile()) + use, picture);
            }
        }
        if (facts.alpha()) {
            Alpha behind = provenance.background() == null ? options.alpha() : provenance.background();
            note("transparent on " + behind.id(), picture);
        }
        if (width != provenance.width() || height != provenance.height()) {
            boolean cropped = options.resize() == null && options.sizeMismatch() == SizeMismatch.CROP;
            note(cropped ? "cropped" : "resized (" + options.filter().id() + ")", picture);
        }
        if (facts.bits() > 8) {
            note("of 16 bits", picture);
        }
    }

    private void note(String text, String picture) {
        notes.computeIfAbsent(text, absent -> new LinkedHashSet<>()).add(picture);
    }
}
