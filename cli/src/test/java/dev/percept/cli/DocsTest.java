package dev.percept.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the pages show is real: behind {@code <!-- output: percept … -->} stands what that command prints, behind
 * {@code <!-- file: PATH -->} that file, or one {@code <element>} of it. {@code -Dpercept.docs.update=true} rewrites them.
 */
class DocsTest {
    private static final Pattern BLOCK = Pattern.compile(
            "<!-- (?<kind>output|file): (?<what>[^\n]*) -->\n(```\\w+\n(?<content>.*?)```\n)?", Pattern.DOTALL);
    private static final Pattern ELEMENT = Pattern.compile("(?<path>\\S+) <(?<name>\\w+)>");

    private static final String VGG19 = "vgg19.onnx";
    private static final Path WRITTEN_VGG19 = Path.of("export-tools", "target", VGG19);

    /** Last digits of scores differ between processors. */
    private static final double TOLERANCE = 2e-3;

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/cli.md", "docs/backbones.md", "docs/library.md"})
    void pagesShowWhatIsReal(String name) throws IOException {
        check(name, what -> !what.contains(VGG19));
    }

    /** The export tools' tests write it, and run before these where Python is present. */
    @Test
    void vgg19IsShownAsItIs() throws IOException {
        Assumptions.assumeTrue(
                Files.exists(WRITTEN_VGG19), "no VGG19: run mvn verify from the root, with Python 3.10+");
        check("docs/backbones.md", what -> what.contains(VGG19));
    }

    private void check(String name, Predicate<String> wanted) throws IOException {
        Path page = Path.of(name);
        Matcher block = BLOCK.matcher(Files.readString(page));
        boolean update = Boolean.getBoolean("percept.docs.update");
        StringBuilder updated = new StringBuilder();
        int blocks = 0;
        while (block.find()) {
            String what = block.group("what");
            if (!wanted.test(what)) {
                continue;
            }
            blocks++;
            boolean output = block.group("kind").equals("output");
            String actual = output ? output(what) : file(what);
            if (update) {
                String language = output ? "text" : what.replaceAll("^\\S*\\.(\\w+).*", "$1");
                String fresh =
                        "<!-- " + block.group("kind") + ": " + what + " -->\n```" + language + "\n" + actual + "```\n";
                block.appendReplacement(updated, Matcher.quoteReplacement(fresh));
            } else {
                compare(name + ", " + what, actual, block.group("content"));
            }
        }
        block.appendTail(updated);
        assertThat(blocks).as("marked blocks in %s", name).isPositive();
        if (update) {
            Files.writeString(page, updated);
        }
    }

    private String output(String command) throws IOException {
        List<String> words = words(command);
        Cli.Result result = Cli.in(folder).run(words.subList(1, words.size()).toArray());
        String printed = result.out() + result.err();
        return "$ " + command + "\n" + printed.replace(WRITTEN_VGG19.toString(), VGG19);
    }

    private static String file(String what) throws IOException {
        Matcher element = ELEMENT.matcher(what);
        if (!element.matches()) {
            return Files.readString(Path.of(what));
        }
        String whole = Files.readString(Path.of(element.group("path")));
        String name = element.group("name");
        int start = whole.indexOf("<" + name + ">");
        int end = whole.indexOf("</" + name + ">", start);
        assertThat(start).as("<%s> in %s", name, what).isNotNegative();
        return whole.substring(whole.lastIndexOf('\n', start) + 1, whole.indexOf('\n', end) + 1)
                .stripIndent();
    }

    /** Words of a command line; {@code folder/*.png} stands for the files, as in a shell. */
    private static List<String> words(String command) throws IOException {
        List<String> words = new ArrayList<>();
        for (String word : command.split(" ", -1)) {
            if (word.equals(VGG19)) {
                words.add(WRITTEN_VGG19.toString());
            } else if (word.endsWith("/*.png")) {
                Path parent = Path.of(word).getParent();
                try (var files = Files.newDirectoryStream(parent, "*.png")) {
                    List<String> names = new ArrayList<>();
                    files.forEach(file -> names.add(file.toString()));
                    names.sort(null);
                    words.addAll(names);
                }
            } else {
                words.add(word);
            }
        }
        return words;
    }

    private static void compare(String where, String actual, String documented) {
        String hint = where + ": the page shows something else; run DocsTest with -Dpercept.docs.update=true";
        assertThat(documented).as(hint).isNotNull();
        List<String> actualWords = Arrays.asList(actual.split("[\\s,]+", -1));
        List<String> documentedWords = Arrays.asList(documented.split("[\\s,]+", -1));
        assertThat(documentedWords).as(hint).hasSameSizeAs(actualWords);
        for (int i = 0; i < actualWords.size(); i++) {
            if (!close(actualWords.get(i), documentedWords.get(i))) {
                assertThat(documentedWords.get(i)).as(hint).isEqualTo(actualWords.get(i));
            }
        }
    }

    private static boolean close(String actual, String documented) {
        try {
            double a = Double.parseDouble(actual);
            double d = Double.parseDouble(documented);
            return Math.abs(a - d) <= TOLERANCE * Math.abs(a);
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
