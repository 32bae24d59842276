// SPDX-License-Identifier: Apache-2.0
package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.percept.Device;
import dev.percept.Feature;
import dev.percept.HeatMap;
import dev.percept.LossOptions;
import dev.percept.PerceptualLoss;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code POST /v1/heatmap} and {@code POST /v1/features} answer: what the library gives. */
class HeatmapEndpointTest {
    private static PerceptServer server;
    private static Client client;
    private static PerceptualLoss library;

    @BeforeAll
    static void start() throws Exception {
        LossOptions options = LossOptions.defaults().withDevice(Device.CPU);
        server = PerceptServer.start(
                ServerConfig.defaults().withAddress("127.0.0.1", 0).withModel("nlpd", options));
        client = new Client(server.address());
        library = PerceptualLoss.load("nlpd");
    }

    @AfterAll
    static void stop() {
        server.close();
        library.close();
    }

    private static HttpResponse<byte[]> post(String path, Form form, String... headers) throws Exception {
        var request = client.request(path)
                .header("Content-Type", Form.CONTENT_TYPE)
                .POST(BodyPublishers.ofByteArray(form.bytes()));
        return client.bytes(headers.length == 0 ? request : request.headers(headers));
    }

    private static Form field(Form form, String name, String value) {
        return form.text("--" + Form.BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n"
                + value + "\r\n");
    }

    private static HeatMap expected() {
        return library.heatMaps(Form.samplePath("reference"), Form.samplePath("blur-1"))
                .combined();
    }

    private static byte[] npy(HeatMap map) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        map.writeNpy(out);
        return out.toByteArray();
    }

    private static void assertSent(HttpResponse<byte[]> answer, String type, String layer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains(type);
        assertThat(answer.headers().firstValue("Percept-Layer")).contains(layer);
    }

    @Test
    void aDrawingIsTheLibrarys() throws Exception {
        HttpResponse<byte[]> answer = post("/v1/heatmap", Form.good());
        assertSent(answer, "image/png", "combined");
        assertSame(answer.body(), expected().toImage());
    }

    private static void assertSame(byte[] png, BufferedImage expected) throws IOException {
        BufferedImage drawn = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(drawn.getWidth()).isEqualTo(expected.getWidth());
        assertThat(drawn.getHeight()).isEqualTo(expected.getHeight());
        int width = drawn.getWidth();
        int height = drawn.getHeight();
        assertThat(drawn.getRGB(0, 0, width, height, null, 0, width))
                .isEqualTo(expected.getRGB(0, 0, width, height, null, 0, width));
    }

    @Test
    void parametersStandInTheQueryOrInTheForm() throws Exception {
        byte[] numbers = npy(expected());
        for (HttpResponse<byte[]> answer : List.of(
                post("/v1/heatmap?format=npy", Form.good()),
                post("/v1/heatmap", field(Form.good(), "format", "npy")),
                post("/v1/heatmap", Form.good(), "Accept", "application/x-npy"))) {
            assertSent(answer, "application/x-npy", "combined");
            assertThat(answer.body()).isEqualTo(numbers);
        }
        HeatMap luma2 = library.heatMaps(Form.samplePath("reference"), Form.samplePath("blur-1"))
                .layer("luma2");
        HttpResponse<byte[]> layer = post(
                "/v1/heatmap?layer=luma2&max=3", field(Form.good(), "format", "png"), "Accept", "application/x-npy");
        assertSent(layer, "image/png", "luma2");
        assertSame(layer.body(), luma2.toImage(3));
    }

    @Test
    void featuresAreTheLibrarys() throws Exception {
        List<Feature> features = library.features(Form.samplePath("reference"));
        for (var wanted : Map.of("", features.get(features.size() - 1), "?layer=luma2", features.get(1))
                .entrySet()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            wanted.getValue().writeNpy(out);
            HttpResponse<byte[]> answer = post(
                    "/v1/features" + wanted.getKey(),
                    new Form().file("image", "reference.png", Form.sample("reference")));
            assertSent(answer, "application/x-npy", wanted.getValue().layer());
            assertThat(answer.body()).isEqualTo(out.toByteArray());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/heatmap?layer=relu | There is no layer 'relu'; those with a heat map are combined, luma1, luma2",
                "/v1/heatmap?format=gif | format has to be png or npy.",
                "/v1/heatmap?max=0 | max has to be a finite number above 0.",
                "/v1/heatmap?max=x | max has to be a finite number above 0.",
                "/v1/heatmap?max=1&format=npy | max is for drawings",
                "/v1/heatmap?size=3 | There is no parameter 'size'; there are reference_id, layer, format, max, model.",
                "/v1/heatmap?max=1&max=2 | There is more than one max; send one.",
                "/v1/features?layer=luma1 | There is no field 'reference'; there are image, layer, model.",
            })
    void otherWishesAreRefused(String path, String detail) throws Exception {
        var problem = Client.problem(client.post(path, Form.good()), 400, "bad-form");
        assertThat(problem.get("detail").getAsString()).contains(detail);
    }

    @Test
    void otherFormsAndPicturesAreRefusedAsForScores() throws Exception {
        Form two = Form.good().file("candidate", "again.png", Form.sample("blur-1"));
        assertThat(Client.problem(client.post("/v1/heatmap", two), 400, "bad-form")
                        .get("detail")
                        .getAsString())
                .isEqualTo("There is more than one candidate; send one.");
        Form one = new Form().file("reference", "a.png", Form.sample("blur-1"));
        assertThat(Client.problem(client.post("/v1/heatmap", one), 400, "bad-form")
                        .get("detail")
                        .getAsString())
                .isEqualTo("The field candidate is missing.");
        Form text = new Form()
                .file("reference", "a.png", Form.sample("blur-1"))
                .file("candidate", "text.png", new byte[] {'n', 'o'});
        assertThat(Client.problem(client.post("/v1/heatmap", text), 422, "image")
                        .get("detail")
                        .getAsString())
                .startsWith("text.png: ");
        Form image = new Form().file("image", "text.png", new byte[] {'n', 'o'});
        Client.problem(client.post("/v1/features", image), 422, "image");
        Client.problem(
                client.post("/v1/features?layer=relu", new Form().file("image", "a.png", Form.sample("blur-1"))),
                400,
                "bad-form");
        Client.problem(
                client.send(client.request("/v1/heatmap").POST(BodyPublishers.ofString("x"))),
                415,
                "wrong-content-type");
    }

    @Test
    void featuresOfLargePicturesAreRefused() throws Exception {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(1025, 1024, BufferedImage.TYPE_BYTE_GRAY), "png", png);
        var problem = Client.problem(
                client.post("/v1/features", new Form().file("image", "large.png", png.toByteArray())), 422, "image");
        assertThat(problem.get("detail").getAsString()).contains("large.png", "1025×1024", "1048576 pixels");
    }
}
