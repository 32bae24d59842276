package dev.percept.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights that aren't what the catalogue pins: they are fetched once more where that may help, else refused, and nothing is left. */
class WrongWeightsTest extends Installing {
    @Test
    void otherBytesAreRefused() throws IOException {
        Catalogue catalogue = made.write(folder.resolve("catalogue"), false);
        server.content = made.weights.clone();
        server.content[server.content.length - 1] ^= 1;
        assertThatThrownBy(() -> installer(catalogue, Map.of()).install("tiny", server.address(), InstallProgress.NONE))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("SHA-256", TinyCatalogue.sha256(server.content), "nothing was kept");
        assertNothingInstalled();
        assertThat(names(folders.cache().resolve("weights"))).allMatch(name -> name.endsWith(".lock"));
        assertRefused(true, "tensor 'features.0.weight' has SHA-256", "nothing was kept");
    }

    @Test
    void anotherSizeIsRefused() throws IOException {
        server.content = new byte[made.weights.length + 1];
        assertRefused(true, (made.weights.length + 1) + " bytes there, not the pinned " + made.weights.length);
    }

    @Test
    void aPartThatIsWrongIsFetchedOnceMore() throws IOException {
        Path cache = Files.createDirectories(folders.cache().resolve("weights"));
        Catalogue catalogue = made.write(folder.resolve("catalogue"), false);
        String name = catalogue.model("tiny").weights().cacheName();
        Files.writeString(cache.resolve(name + ".part"), "not its beginning");
        install(false);
        assertInstalled();
        assertThat(server.ranges).containsExactly("bytes=17-", "null");
    }

    /** In the middle of a download the server takes to another file: one that is longer than what has come, or shorter. */
    @ParameterizedTest
    @ValueSource(ints = {1000, 200_000})
    void aFileThatChangesBetweenConnectionsIsFetchedOnceMore(int cut) throws IOException {
        server.others.add(new byte[300_000]);
        server.cuts.add(cut);
        install(false);
        assertInstalled();
        assertFetchedOnceMore();
    }

    @Test
    void aTensorThatChangesBetweenConnectionsIsFetchedOnceMore() throws IOException {
        Catalogue catalogue = made.write(folder.resolve("catalogue"), true);
        server.others.add(new byte[made.weights.length]);
        server.cuts.add(100);
        installer(catalogue, Map.of()).install("tiny", server.address(), InstallProgress.NONE);
        assertInstalled();
        assertThat(server.ranges).hasSize(5);
    }

    @Test
    void whatStaysWrongIsRefused() throws IOException {
        server.others.add(new byte[made.weights.length]);
        server.others.add(new byte[made.weights.length]);
        server.others.add(new byte[made.weights.length]);
        server.cuts.add(1000);
        assertRefused(false, "SHA-256", "nothing was kept");
        assertFetchedOnceMore();
    }

    /** From the start, resumed, and from the start again. Of what came before a connection broke off, Java may have lost some. */
    private void assertFetchedOnceMore() {
        assertThat(server.ranges).hasSize(3);
        assertThat(List.of(server.ranges.get(0), server.ranges.get(2))).containsOnly("null");
        assertThat(server.ranges.get(1)).startsWith("bytes=");
    }

    @Test
    void anotherNetworksWeightsAreRefusedByTheTensorsName() throws IOException {
        Path file = folder.resolve("mine.safetensors");
        Files.write(file, made.withHeader(TinyCatalogue.HEADER.replace("features.0.weight", "conv1.weight")));
        assertThatThrownBy(() -> installer(true).installFrom("tiny", file))
                .hasMessageContainingAll("mine.safetensors", "tensor 'features.0.weight' is missing");
        assertNothingInstalled();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "features.0.bias\":|features.1.bias\":|is missing",
                "\"shape\":[64]|\"shape\":[8,8]|has the shape [8, 8], not [64]",
                "\"F32\",\"shape\":[64]|\"F16\",\"shape\":[64]|holds F16, not F32",
                "[0,256]|[0,252]|data_offsets [0, 252]",
                "[0,256]|[-256,0]|data_offsets [-256, 0]",
                "[0,256]|[177056,177312]|data_offsets [177056, 177312]",
                "[0,256]|[9223372036854775807,-9223372036854775553]|data_offsets",
                "[0,256]|[0.5,256.5]|has no dtype, shape and data_offsets",
                "[0,256]|[1e99,2e99]|has no dtype, shape and data_offsets",
                "[0,256]|[]|has no dtype, shape and data_offsets",
                "[0,256]|null|has no dtype, shape and data_offsets",
            })
    void aHeaderThatLiesIsRefusedByTheTensorsName(String what, String instead, String said) throws IOException {
        assertThat(TinyCatalogue.HEADER).contains(what);
        made.weights = made.withHeader(TinyCatalogue.HEADER.replace(what, instead));
        server.content = made.weights;
        assertRefused(false, "tensor 'features.0.bias' ", said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "nonsense"})
    void aFileWithoutAHeaderIsRefused(String header) throws IOException {
        made.weights = made.withHeader(header);
        server.content = made.weights;
        assertRefused(false, "header");
    }
}
