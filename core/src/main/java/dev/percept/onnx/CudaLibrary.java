package dev.percept.onnx;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A library that the CUDA provider needs, and what became of looking for it.
 *
 * @param name such as {@code libcublas.so.12}
 * @param state whether it can be loaded
 * @param file the file that was found, or null
 * @param detail why that file can't be loaded, or null
 */
public record CudaLibrary(
        String name,
        State state,
        @Nullable Path file,
        @Nullable String detail) {
    private static final Pattern VERSIONED = Pattern.compile("(lib[\\w-]+\\.so\\.)(\\d+)");

    /** Whether a library can be loaded. */
    public enum State {
        /** It is where the loader will find it. */
        FOUND,
        /** It is there, but not where the loader looks. */
        UNREACHABLE,
        /** Another major version of it is there. */
        OTHER_VERSION,
        /** What the loader will find isn't a library for this machine. */
        DEFECTIVE,
        /** There is none. */
        MISSING
    }

    static CudaLibrary find(String name, LoaderFolders folders) {
        CudaLibrary defective = null;
        for (Path folder : folders.searched()) {
            Path file = folder.resolve(name);
            if (Files.exists(file)) {
                String defect = ElfFile.defect(file);
                if (defect == null) {
                    return new CudaLibrary(name, State.FOUND, file, null);
                }
                if (defective == null) {
                    defective = new CudaLibrary(name, State.DEFECTIVE, file, defect);
                }
            }
        }
        if (defective != null) {
            return defective;
        }
        for (Path folder : folders.usual()) {
            if (Files.exists(folder.resolve(name))) {
                return new CudaLibrary(name, State.UNREACHABLE, folder.resolve(name), null);
            }
        }
        return new CudaLibrary(name, State.MISSING, null, null);
    }

    boolean found() {
        return state == State.FOUND;
    }

    /** Says of a missing one that another version of it is there, if it is among some files. */
    CudaLibrary among(List<Path> files) {
        Matcher wanted = VERSIONED.matcher(name);
        if (state == State.MISSING && wanted.matches()) {
            for (Path file : files) {
                Matcher there = VERSIONED.matcher(String.valueOf(file.getFileName()));
                if (there.matches() && there.group(1).equals(wanted.group(1))) {
                    return new CudaLibrary(name, State.OTHER_VERSION, file, null);
                }
            }
        }
        return this;
    }
}
