package dev.percept.cli;

import dev.percept.Backbone;
import dev.percept.PerceptHome;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code percept models}: which models there are, where, and which one is used where none is named. */
@Command(name = "models", description = "Lists the models: embedded, installed, and which is the default.")
final class ModelsCommand implements Callable<Integer> {
    private final Session session;

    ModelsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        PerceptHome folders = session.folders();
        String standard = folders.defaultModel();
        List<String> installed = new ArrayList<>(folders.installedModels());
        // nlpd always means the embedded one, so a file of that name can only be reached by its path.
        installed.remove(Backbone.EMBEDDED);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MODEL", "WHERE"));
        rows.add(row(Backbone.EMBEDDED, "embedded", standard));
        for (String name : installed) {
            rows.add(row(name, folders.models().resolve(name + ".onnx").toString(), standard));
        }
        if (!standard.equals(Backbone.EMBEDDED) && !installed.contains(standard)) {
            boolean there = new File(standard).isFile();
            rows.add(row(standard, there ? "a file" : "missing", standard));
            if (!there) {
                session.warn("the default model " + standard + " is missing; choose another: percept models default");
            }
        }
        Table.print(rows, session.out(), column -> true);
        session.out().println();
        session.out()
                .println("Models are installed in " + folders.models()
                        + (Files.isDirectory(folders.models()) ? "" : ", which doesn't exist yet"));
        return ExitCode.OK;
    }

    private static List<String> row(String name, String where, String standard) {
        return List.of(Text.cell(name), Text.cell(where) + (name.equals(standard) ? " (default)" : ""));
    }

    /** Shows the default model, or changes it. */
    @Command(name = "default", description = "Shows the model that is used where none is named, or sets it.")
    Integer chooseDefault(
            @Parameters(
                            arity = "0..1",
                            paramLabel = "NAME|FILE",
                            description = "The new default: a model's name or file.")
                    @Nullable
                    String model,
            @Option(names = "--embedded", description = "Go back to the embedded model.") boolean embedded) {
        if (model != null && embedded) {
            throw new UsageException("give either a model or --embedded");
        }
        PerceptHome folders = session.folders();
        if (embedded) {
            folders.setDefaultModel(null);
        } else if (model != null) {
            folders.setDefaultModel(checked(model, folders));
        }
        session.out().println(folders.defaultModel());
        return ExitCode.OK;
    }

    /** The name, or for a file its absolute path: the default must mean the same from every folder. */
    private static String checked(String model, PerceptHome folders) {
        Backbone backbone = Backbone.open(model, folders);
        boolean named = model.equals(Backbone.EMBEDDED)
                || backbone.location()
                        .equals(folders.models().resolve(model + ".onnx").toString());
        return named ? model : Path.of(model).toAbsolutePath().normalize().toString();
    }
}
