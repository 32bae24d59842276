package dev.percept.terminal;

import dev.percept.NativeLibraries;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code --native-dir}, a mixin for every command that loads ONNX Runtime. */
public final class NativeFolder {
    @Option(
            names = "--native-dir",
            paramLabel = "DIR",
            converter = Folder.class,
            description = "Load ONNX Runtime's native libraries from this folder, such as those for another CUDA.")
    private @Nullable Path folder;

    /** Has ONNX Runtime loaded from that folder, if one was given. To be called before a model is loaded. */
    public void use() {
        if (folder != null) {
            NativeLibraries.setFolder(folder.toAbsolutePath());
        }
    }

    /** A folder, which need not be there. */
    static final class Folder implements ITypeConverter<Path> {
        @Override
        public Path convert(String value) {
            if (value.isEmpty()) {
                // Java takes it for the current folder; it is a variable that was never set.
                throw new TypeConversionException("it is empty");
            }
            try {
                return Path.of(value);
            } catch (InvalidPathException e) {
                throw new TypeConversionException(
                        "'" + value + "' is not a path (" + e.getReason() + "); check that LC_ALL is UTF-8");
            }
        }
    }
}
