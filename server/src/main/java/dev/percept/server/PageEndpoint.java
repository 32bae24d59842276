package dev.percept.server;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /}: the web page, and {@code GET /page/…}: what it consists of. All of it is in this jar and kept in memory; only the
 * files named here are served.
 */
final class PageEndpoint {
    private static final String FOLDER = "page/";

    /** Nothing but our own files, and pictures that the page itself holds; no page of another origin can show it in a frame. */
    private static final String CONTENT_SECURITY_POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'");

    private final Asset page = Asset.load("index.html");
    private final Map<String, Asset> parts = Stream.of(
                    "page.css",
                    "pictures.css",
                    "result.css",
                    "swipe.css",
                    "page.js",
                    "pictures.js",
                    "result.js",
                    "service.js",
                    "swipe.js",
                    "icon.svg")
            .collect(Collectors.toUnmodifiableMap(Function.identity(), Asset::load));

    void page(Context context) {
        page.answer(context);
    }

    /** The file that the path ends with. */
    void part(Context context) {
        Asset part = parts.get(context.pathParam("file"));
        if (part == null) {
            throw new ProblemException(Problem.notFound());
        }
        part.answer(context);
    }

    /** One file. */
    private static final class Asset {
        private final String contentType;
        private final byte[] content;
        private final String etag;

        private Asset(String contentType, byte[] content) {
            this.contentType = contentType;
            this.content = content;
            this.etag = '"' + digest(content) + '"';
        }

        static Asset load(String name) {
            try (InputStream in = Objects.requireNonNull(PageEndpoint.class.getResourceAsStream(FOLDER + name), name)) {
                return new Asset(contentType(name), in.readAllBytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String contentType(String name) {
            String extension = name.substring(name.lastIndexOf('.') + 1);
            return switch (extension) {
                case "html" -> "text/html;charset=utf-8";
                case "css" -> "text/css;charset=utf-8";
                case "js" -> "text/javascript;charset=utf-8";
                case "svg" -> "image/svg+xml";
                default -> throw new IllegalArgumentException(name);
            };
        }

        private static String digest(byte[] content) {
            return HexFormat.of().formatHex(Sha256.of(content), 0, 16);
        }

        void answer(Context context) {
            context.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
            context.header("X-Content-Type-Options", "nosniff");
            context.header("Referrer-Policy", "no-referrer");
            context.header("Cross-Origin-Opener-Policy", "same-origin");
            context.header("Cross-Origin-Resource-Policy", "same-origin");
            // Kept, but asked for each time: its parts must be of one version, and names don't tell versions.
            context.header("Cache-Control", "no-cache");
            context.header("ETag", etag);
            if (isKept(context.header("If-None-Match"))) {
                context.status(304);
            } else {
                context.contentType(contentType).result(content);
            }
        }

        private boolean isKept(@Nullable String tags) {
            // A proxy that compresses makes the tag a weak one.
            return tags != null
                    && Stream.of(tags.split(","))
                            .map(tag -> tag.strip().replaceFirst("^W/", ""))
                            .anyMatch(tag -> tag.equals("*") || tag.equals(etag));
        }
    }
}
