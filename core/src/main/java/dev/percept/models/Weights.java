package dev.percept.models;

import dev.percept.ModelException;
import dev.percept.PerceptException;
import dev.percept.models.Skeleton.Hole;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A weights file's values, verified: of a file that is given, of the cache, or fetched into it. Where the catalogue pins the tensors,
 * only theirs are fetched, one after another into one file.
 */
final class Weights {
    private final WeightsFile file;
    private final List<Hole> holes;
    private final Surroundings surroundings;
    private final InstallProgress progress;

    Weights(WeightsFile file, List<Hole> holes, Surroundings surroundings, InstallProgress progress) {
        this.file = file;
        this.holes = holes;
        this.surroundings = surroundings;
        this.progress = progress;
    }

    /** Of a file that the user has. */
    TensorBytes of(Path given) throws IOException {
        String where = given.toString();
        if (!Files.isRegularFile(given)) {
            throw new ModelException(where, "there is no such file", "give the " + what());
        }
        // First its header, which says of another network's weights which tensor isn't as it should be.
        TensorBytes values = open(given);
        try {
            if (file.size() != null && Files.size(given) != file.size()) {
                throw new ModelException(
                        where,
                        "it has " + Files.size(given) + " bytes, not the pinned " + file.size(),
                        "give the " + what());
            }
            String actual = TensorBytes.sha256(given);
            if (!actual.equals(file.sha256())) {
                throw new ModelException(
                        where, "its SHA-256 is " + actual + ", not the pinned " + file.sha256(), "give the " + what());
            }
            return values;
        } catch (Throwable e) {
            values.close();
            throw e;
        }
    }

    /**
     * From the cache or the network. The caller holds the lock.
     *
     * @param cache the folder, which is there
     * @param endpoint of the hub, or of a mirror
     */
    TensorBytes fetched(Path cache, String endpoint) throws IOException {
        Path whole = cache.resolve(file.cacheName());
        if (Files.exists(whole)) {
            if (TensorBytes.sha256(whole).equals(file.sha256())) {
                return open(whole);
            }
            Files.delete(whole);
        }
        Download download = new Download(
                surroundings.environment(),
                address(endpoint),
                file.size(),
                surroundings.pauseMillis(),
                surroundings.stall(),
                "try again, use --mirror, or fetch " + file.source() + " by other means and give it with --from FILE");
        if (holes.stream().allMatch(hole -> file.tensors().containsKey(hole.tensor()))) {
            try {
                return tensors(download, tensorsPart(cache));
            } catch (Download.RangeRefused e) {
                // The whole file, then, as from a server that knows no ranges.
                Files.deleteIfExists(tensorsPart(cache));
            }
        }
        return whole(download, whole);
    }

    /** Removes what was fetched for this model alone. A whole file stays in the cache: other models take their values from it. */
    void tidy(Path cache) throws IOException {
        Files.deleteIfExists(tensorsPart(cache));
    }

    private TensorBytes whole(Download download, Path target) throws IOException {
        Path part = target.resolveSibling(target.getFileName() + ".part");
        long expected = file.expectedBytes();
        for (boolean again = false; ; again = true) {
            requireRoom(Objects.requireNonNull(target.getParent()), part, expected);
            boolean pieced = download.whole(part, bytes -> progress.fetched(bytes, expected));
            String actual = TensorBytes.sha256(part);
            if (actual.equals(file.sha256())) {
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                return open(target);
            }
            // The file may have changed between two connections, or the server has another one; one clean attempt
            // tells.
            Files.delete(part);
            if (again || !pieced) {
                throw new ModelException(
                        file.source(),
                        "what was fetched has SHA-256 " + actual + ", not the pinned " + file.sha256()
                                + "; nothing was kept",
                        "try again, or another --mirror");
            }
        }
    }

    private TensorBytes tensors(Download download, Path part) throws IOException, Download.RangeRefused {
        List<Hole> inOrder = holes.stream()
                .sorted(Comparator.comparingLong(hole -> pin(hole).offset()))
                .toList();
        Map<String, Long> offsets = new HashMap<>();
        long total = 0;
        for (Hole hole : inOrder) {
            offsets.put(hole.tensor(), total);
            total += hole.bytes();
        }
        long expected = total;
        for (boolean again = false; ; again = true) {
            requireRoom(Objects.requireNonNull(part.getParent()), part, expected);
            boolean begun = Files.exists(part);
            boolean pieced = ranges(download, part, inOrder, expected) || begun;
            TensorBytes tensors = new TensorBytes(FileChannel.open(part, StandardOpenOption.READ), offsets);
            Hole wrong = firstWrong(tensors, inOrder);
            if (wrong == null) {
                return tensors;
            }
            String actual = tensors.sha256(wrong);
            tensors.close();
            Files.delete(part);
            if (again || !pieced) {
                throw new ModelException(
                        file.source(),
                        "tensor '" + wrong.tensor() + "' has SHA-256 " + actual + ", not the pinned "
                                + pin(wrong).sha256() + "; nothing was kept",
                        "try again, or another --mirror");
            }
        }
    }

    /** Fetches what is missing; neighbours in one request. Returns whether one of them had to be resumed. */
    private boolean ranges(Download download, Path part, List<Hole> inOrder, long total) throws Download.RangeRefused {
        boolean pieced = false;
        long at = 0;
        int i = 0;
        while (i < inOrder.size()) {
            long offset = pin(inOrder.get(i)).offset();
            long length = 0;
            while (i < inOrder.size() && pin(inOrder.get(i)).offset() == offset + length) {
                length += inOrder.get(i).bytes();
                i++;
            }
            if (bytes(part) < at + length) {
                pieced |= download.range(part, at, offset, length, bytes -> progress.fetched(bytes, total));
            }
            at += length;
        }
        return pieced;
    }

    private @Nullable Hole firstWrong(TensorBytes tensors, List<Hole> inOrder) throws IOException {
        for (Hole hole : inOrder) {
            if (!tensors.sha256(hole).equals(pin(hole).sha256())) {
                return hole;
            }
        }
        return null;
    }

    private TensorBytes open(Path safetensors) throws IOException {
        FileChannel channel = FileChannel.open(safetensors, StandardOpenOption.READ);
        try {
            SafetensorsFile tensors = SafetensorsFile.read(safetensors.toString(), channel);
            Map<String, Long> offsets = new HashMap<>();
            for (Hole hole : holes) {
                offsets.put(hole.tensor(), tensors.offset(hole));
            }
            return new TensorBytes(channel, offsets);
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    private void requireRoom(Path folder, Path part, long total) throws IOException {
        requireRoom(surroundings.disk(), folder, total - bytes(part));
    }

    /** @throws ModelException if a folder's disk has less than this */
    static void requireRoom(Surroundings.Disk disk, Path folder, long bytes) throws IOException {
        long usable = disk.usable(folder);
        if (usable < bytes) {
            throw new ModelException(
                    folder.toString(),
                    "it has room for " + usable / 1_000_000 + " MB, and " + (bytes + 999_999) / 1_000_000
                            + " MB are needed",
                    "make room, or set PERCEPT_CACHE and PERCEPT_HOME to other folders");
        }
    }

    private URI address(String endpoint) {
        String address = file.address(endpoint);
        try {
            URI uri = URI.create(address);
            if (uri.getHost() != null
                    && uri.getScheme() != null
                    && uri.getScheme().matches("https?")) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new ModelException(
                    endpoint, "it is no address (" + PerceptException.reason(e) + ")", "give one with http(s)://", e);
        }
        throw new ModelException(endpoint, "it is no address of a mirror", "give one that begins with https://");
    }

    private WeightsFile.Pin pin(Hole hole) {
        return Objects.requireNonNull(file.tensors().get(hole.tensor()), hole.tensor());
    }

    /** Its name tells apart models that take other tensors of one file. */
    private Path tensorsPart(Path cache) {
        int tensors = holes.stream().map(Hole::tensor).sorted().toList().hashCode();
        return cache.resolve(file.cacheName() + "." + Integer.toHexString(tensors) + ".tensors.part");
    }

    private static long bytes(Path part) {
        return part.toFile().length();
    }

    private String what() {
        return "file of " + file.source();
    }
}
