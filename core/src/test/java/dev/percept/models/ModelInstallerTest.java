package dev.percept.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.Backbone;
import dev.percept.ModelException;
import dev.percept.PerceptHome;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Installing from a file and over the network, whole and by the tensors' ranges, and what must not be left where that fails. */
class ModelInstallerTest {
    @TempDir
    Path folder = Path.of("");

    private final TinyCatalogue made = new TinyCatalogue();
    private PerceptHome folders = new PerceptHome(folder, folder);
    private WeightsServer server = started();
    private long room = Long.MAX_VALUE;

    private WeightsServer started() {
        try {
            return new WeightsServer(made.weights);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void setUp() {
        folders = new PerceptHome(folder.resolve("home"), folder.resolve("cache"));
    }

    @AfterEach
    void tearDown() {
        server.close();
    }

    private ModelInstaller installer(boolean pinned) throws IOException {
        return installer(made.write(folder.resolve("catalogue"), pinned), Map.of());
    }

    private ModelInstaller installer(Catalogue catalogue, Map<String, String> environment) {
        Surroundings surroundings = new Surroundings(environment, path -> room, 1, Duration.ofMillis(500));
        return new ModelInstaller(catalogue, folders, surroundings);
    }

    private void install(boolean pinned) throws IOException {
        installer(pinned).install("tiny", server.address(), InstallProgress.NONE);
    }

    private void assertInstalled() throws IOException {
        assertThat(folders.models().resolve("tiny.onnx")).hasBinaryContent(made.model(true));
        assertThat(Backbone.open("tiny", folders).name()).isEqualTo("tiny");
        assertThat(names(folders.models())).containsExactly("tiny.licence.txt", "tiny.onnx", "tiny.sha256");
        assertThat(folders.models().resolve("tiny.licence.txt"))
                .content()
                .contains("Licence: BSD-3-Clause", "Copyright nobody", "Redistribution and use", "/some/net/resolve/");
    }

    private void assertNothingInstalled() throws IOException {
        assertThat(names(folders.models())).isEmpty();
        assertThat(folders.installedModels()).isEmpty();
    }

    private static List<String> names(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void assertRefused(boolean pinned, String... said) throws IOException {
        assertThatThrownBy(() -> install(pinned))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(said);
        assertNothingInstalled();
    }

    @Test
    void theWholeFileIsFetchedAndKeptForTheNextModel() throws IOException {
        install(false);
        assertInstalled();
        assertThat(server.ranges).containsExactly("null");
        installer(false).remove("tiny");
        assertNothingInstalled();
        install(false);
        assertInstalled();
        assertThat(server.ranges).hasSize(1);
    }

    @Test
    void onlyPinnedTensorsAreFetched() throws IOException {
        List<Long> told = new ArrayList<>();
        installer(true).install("tiny", server.address(), (done, total) -> {
            assertThat(total).isEqualTo(256 + 172_800);
            told.add(done);
        });
        assertInstalled();
        int begin = made.weights.length - 177_056;
        assertThat(server.ranges)
                .containsExactly(
                        "bytes=" + begin + "-" + (begin + 255),
                        "bytes=" + (begin + 4256) + "-" + (made.weights.length - 1));
        assertThat(told).isSorted().last().isEqualTo(173_056L);
        assertThat(names(folders.cache().resolve("weights"))).allMatch(name -> name.endsWith(".lock"));
    }

    @Test
    void anInstalledModelIsNotFetchedAgainUnlessItIsDamaged() throws IOException {
        install(true);
        install(true);
        assertThat(server.ranges).hasSize(2);
        Files.writeString(folders.models().resolve("tiny.onnx"), "damaged");
        assertThatThrownBy(() -> installer(true).verify("tiny")).hasMessageContaining("it is damaged");
        install(true);
        assertInstalled();
        installer(true).verify("tiny");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsCutOffTenTimesIsResumed(boolean pinned) throws IOException {
        server.cuts.addAll(List.of(1, 17, 300, 4000, 5, 65_536, 20_000, 1, 30_000, 77));
        install(pinned);
        assertInstalled();
        assertThat(server.ranges).hasSizeBetween(11, 12);
        assertThat(server.ranges.get(1)).startsWith("bytes=");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLaterCallGoesOnWhereAnEarlierOneWasStopped(boolean pinned) throws IOException {
        server.cuts.add(100);
        server.statuses.addAll(List.of(200, 404));
        assertRefused(pinned, "HTTP 404", "--from");
        install(pinned);
        assertInstalled();
        assertThat(server.ranges.get(2)).isNotEqualTo(server.ranges.get(0)).startsWith("bytes=");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aServerWithoutRangesGivesTheWholeFile(boolean pinned) throws IOException {
        server.knowsRanges = false;
        server.cuts.add(70_000);
        install(pinned);
        assertInstalled();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 502, 503, 429, 408})
    void whatPassesIsTriedAgain(int status) throws IOException {
        server.statuses.addAll(List.of(status, status, status));
        install(true);
        assertInstalled();
    }

    @Test
    void aServerThatStaysBrokenIsGivenUp() throws IOException {
        server.statuses.addAll(List.of(500, 500, 500, 500, 500, 500));
        assertRefused(false, "HTTP 500", "--mirror");
        assertThat(server.ranges).hasSize(5);
    }

    @Test
    void whatIsNotThereIsNotTriedAgain() throws IOException {
        server.statuses.add(404);
        assertRefused(false, "HTTP 404");
        assertThat(server.ranges).hasSize(1);
    }

    @Test
    void noNetworkIsOneLine() throws IOException {
        server.close();
        assertRefused(false, server.address(), "can't be fetched", "--from FILE");
        assertThatThrownBy(() -> installer(true).install("tiny", "http://nowhere.invalid", InstallProgress.NONE))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("nowhere.invalid", "can't be resolved", "HTTPS_PROXY");
        assertThatThrownBy(() -> installer(true).install("tiny", "ftp://x", InstallProgress.NONE))
                .hasMessageContaining("no address of a mirror");
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0)) {
            List<Socket> open = new CopyOnWriteArrayList<>();
            Thread talker = new Thread(() -> {
                try {
                    while (true) {
                        Socket socket = silent.accept();
                        open.add(socket);
                        byte[] head =
                                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
                        socket.getOutputStream().write(head);
                    }
                } catch (IOException e) {
                    // The test has ended.
                }
            });
            talker.start();
            assertThatThrownBy(() -> installer(false)
                            .install("tiny", "http://127.0.0.1:" + silent.getLocalPort(), InstallProgress.NONE))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("can't be fetched");
            assertThat(open).hasSize(5);
            assertNothingInstalled();
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

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

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFullDiskIsToldBeforeAnythingIsFetched(boolean pinned) throws IOException {
        room = 1000;
        assertRefused(pinned, "room for 0 MB", "1 MB are needed", "PERCEPT_CACHE");
        assertThat(server.ranges).isEmpty();
    }

    @Test
    void aFileIsTakenIfItIsTheRightOne() throws IOException {
        Path file = Files.write(folder.resolve("mine.safetensors"), made.weights);
        installer(true).installFrom("tiny", file);
        assertInstalled();
        assertThat(server.ranges).isEmpty();
        installer(true).remove("tiny");
        byte[] other = made.weights.clone();
        other[other.length - 1]++;
        Files.write(file, other);
        assertThatThrownBy(() -> installer(true).installFrom("tiny", file))
                .hasMessageContainingAll("mine.safetensors", "SHA-256", "not the pinned");
        Files.write(file, Arrays.copyOf(made.weights, made.weights.length + 1));
        assertThatThrownBy(() -> installer(true).installFrom("tiny", file))
                .hasMessageContaining("it has " + (made.weights.length + 1) + " bytes");
        Files.write(file, new byte[5]);
        assertThatThrownBy(() -> installer(true).installFrom("tiny", file)).hasMessageContaining("within its header");
        assertThatThrownBy(() -> installer(true).installFrom("tiny", folder.resolve("none")))
                .hasMessageContaining("no such file");
        assertNothingInstalled();
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

    @Test
    void aFileThatWasPutThereByHandIsLeftAlone() throws IOException {
        Files.createDirectories(folders.models());
        Files.write(folders.models().resolve("tiny.onnx"), made.model(true));
        assertThatThrownBy(() -> install(true)).hasMessageContaining("put there by hand");
        assertThatThrownBy(() -> installer(true).verify("tiny")).hasMessageContaining("put there by hand");
        installer(true).remove("tiny");
        assertNothingInstalled();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nlpd", "other", "../tiny", "", "."})
    void onlyInstalledModelsCanBeRemoved(String name) throws IOException {
        install(true);
        assertThatThrownBy(() -> installer(true).remove(name)).isInstanceOf(ModelException.class);
        assertInstalled();
    }

    @Test
    void twoAtOnceEndWithOneGoodFile() throws Exception {
        ModelInstaller installer = installer(false);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Callable<Path> work = () -> installer.install("tiny", server.address(), InstallProgress.NONE);
            for (var result : threads.invokeAll(List.of(work, work))) {
                assertThat(result.get()).exists();
            }
        } finally {
            threads.shutdown();
        }
        assertInstalled();
        assertThat(server.ranges).hasSize(1);
    }

    @Test
    void theEnvironmentNamesMirrorAndProxy() throws IOException {
        Catalogue catalogue = made.write(folder.resolve("catalogue"), true);
        // The server stands for the proxy: it answers for a host that isn't there.
        Map<String, String> environment =
                Map.of("HF_ENDPOINT", "http://mirror.invalid", "http_proxy", server.address());
        installer(catalogue, environment).install("tiny", null, InstallProgress.NONE);
        assertInstalled();
        installer(catalogue, Map.of()).remove("tiny");
        Map<String, String> excepted = Map.of("HTTP_PROXY", "http://127.0.0.1:1", "NO_PROXY", "example.org, 127.0.0.1");
        installer(catalogue, excepted).install("tiny", server.address(), InstallProgress.NONE);
        assertInstalled();
    }

    @Test
    void theBuiltInCatalogueHasSoundSkeletons() {
        Catalogue catalogue = Catalogue.builtIn();
        assertThat(catalogue.models()).extracting(CatalogueModel::name).contains("vgg19", "vgg16", "style-piq");
        for (CatalogueModel model : catalogue.models()) {
            assertThat(catalogue.skeleton(model).holes()).isNotEmpty();
            assertThat(Catalogue.licence(model.weights().licence())).contains("Redistribution");
        }
        assertThatThrownBy(() -> catalogue.model("vgg99")).hasMessageContaining("vgg19");
    }
}
