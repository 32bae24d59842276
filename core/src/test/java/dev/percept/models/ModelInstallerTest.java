package dev.percept.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.percept.ModelException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Installing from a file and over the network, whole and by the tensors' ranges, and what must not be left where that fails. */
class ModelInstallerTest extends Installing {
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
