package dev.percept.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code openapi.yaml}, and whether answers keep to it: status, headers, content type and body. */
final class Contract {
    private static final String RESOURCE = "dev/percept/server/" + OpenApiEndpoint.RESOURCE;

    /** What HTTP itself says, and not the service; CORS beside it. */
    private static final Set<String> OF_HTTP = Set.of(
            "date", "content-type", "content-length", "transfer-encoding", "connection", "cache-control", "vary");

    /** Answers that belong to no operation of the document, which says so at its top. */
    private static final Set<Integer> OUTSIDE = Set.of(400, 404, 405, 414, 421, 431, 505);

    private static final Contract INSTANCE = new Contract();

    private final JsonNode document;
    /** The rest of the document surrounds its schemas, and holds no keywords of theirs. */
    private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(Dialect.builder(Dialects.getOpenApi31())
            .unknownKeywordFactory((name, context) -> new NonValidationKeyword(name))
            .build());

    private Contract() {
        try {
            document = new YAMLMapper().readTree(Contract.class.getClassLoader().getResource(RESOURCE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails unless the document describes this answer. */
    static void check(HttpResponse<?> response) {
        INSTANCE.check(
                response.request().method(),
                response.uri().getPath(),
                response.statusCode(),
                response.headers(),
                response.body() instanceof byte[] bytes
                        ? new String(bytes, StandardCharsets.UTF_8)
                        : String.valueOf(response.body()));
    }

    /** The same for an answer that was not received: with a request id unless one is among its headers. */
    static void check(String method, String path, int status, Map<String, String> headers, String body) {
        Map<String, List<String>> all = new HashMap<>();
        all.put(RequestId.HEADER, List.of("1"));
        headers.forEach((name, value) -> all.put(name, List.of(value)));
        INSTANCE.check(method, path, status, HttpHeaders.of(all, (name, value) -> true), body);
    }

    /** The operations of the document, each as {@code GET /path}. */
    static Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        INSTANCE.document
                .get("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(
                                method -> operations.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
        return operations;
    }

    /** A part of the document. */
    static JsonNode at(String pointer) {
        return INSTANCE.document.at(pointer);
    }

    private void check(String method, String path, int status, HttpHeaders headers, String body) {
        String answer = method + " " + path + " answered " + status + ": " + body;
        if (method.equals("OPTIONS") && status == 204) {
            // CORS's own, as the document says at its top.
            assertThat(headers.firstValue("Access-Control-Allow-Origin"))
                    .as(answer)
                    .isPresent();
            return;
        }
        String response = response(method, path, status, answer);
        checkHeaders(response, headers, answer);
        JsonNode content = document.at(response + "/content");
        if (content.isMissingNode() || method.equals("HEAD")) {
            assertThat(body).as(answer).isEmpty();
            return;
        }
        String type = headers.firstValue("Content-Type").orElse("").replaceAll(";.*", "");
        assertThat(content.has(type)).as("content type %s of: %s", type, answer).isTrue();
        if (type.endsWith("json")) {
            String schema = response + "/content/" + escape(type) + "/schema";
            assertThat(schemas.getSchema(SchemaLocation.of("classpath:" + RESOURCE + "#" + schema))
                            .validate(body, InputFormat.JSON))
                    .as(answer)
                    .isEmpty();
        }
    }

    /** Where the document describes this answer. */
    private String response(String method, String path, int status, String answer) {
        String operation = operation(method, path);
        String response = operation + "/responses/" + status;
        if (OUTSIDE.contains(status) && document.at(response).isMissingNode()) {
            // No operation can describe what is answered where there is none.
            return "/components/responses/Outside";
        }
        assertThat(document.at(response).isMissingNode())
                .as("undocumented: %s", answer)
                .isFalse();
        return resolve(response);
    }

    private String operation(String method, String path) {
        for (String template : fieldNames(document.get("paths"))) {
            if (path.matches(template.replaceAll("\\{\\w+}", "[^/]+"))) {
                String operations = "/paths/" + escape(template) + "/";
                String own = operations + method.toLowerCase(Locale.ROOT);
                return method.equals("HEAD") && document.at(own).isMissingNode() ? operations + "get" : own;
            }
        }
        return "/paths/none";
    }

    private void checkHeaders(String response, HttpHeaders headers, String answer) {
        JsonNode documented = document.at(response + "/headers");
        List<String> names = new ArrayList<>();
        for (String name : fieldNames(documented)) {
            names.add(name.toLowerCase(Locale.ROOT));
            String header = resolve(response + "/headers/" + name);
            List<String> values = headers.allValues(name);
            if (document.at(header).path("required").asBoolean()) {
                assertThat(values).as("%s of: %s", name, answer).hasSize(1);
            }
            for (String value : values) {
                checkHeader(header + "/schema", name, value);
            }
        }
        assertThat(headers.map().keySet())
                .as("headers of: %s", answer)
                .allMatch(name -> name.startsWith("access-control-")
                        || OF_HTTP.contains(name.toLowerCase(Locale.ROOT))
                        || names.contains(name.toLowerCase(Locale.ROOT)));
    }

    private void checkHeader(String schema, String name, String value) {
        boolean number = document.at(schema).path("type").asText().equals("integer");
        JsonNode json = number ? LongNode.valueOf(Long.parseLong(value)) : TextNode.valueOf(value);
        assertThat(schemas.getSchema(SchemaLocation.of("classpath:" + RESOURCE + "#" + schema))
                        .validate(json))
                .as("header %s: %s", name, value)
                .isEmpty();
    }

    /** Where that stands to which a place refers, or the place itself. */
    private String resolve(String pointer) {
        JsonNode reference = document.at(pointer).get("$ref");
        return reference == null ? pointer : reference.asText().substring(1);
    }

    private static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static List<String> fieldNames(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
