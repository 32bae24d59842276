package dev.percept.cli;

import dev.percept.Backbone;
import dev.percept.PerceptHome;
import dev.percept.models.Catalogue;
import dev.percept.models.CatalogueModel;
import dev.percept.models.ModelInstaller;
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
@Command(
        name = "models",
        description = "Lists the models: embedded, installed, and which is the default; installs others.")
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

    /** Lists what can be installed. */
    @Command(name = "list", description = "Lists the models that can be installed, and whether they are.")
    Integer list() {
        List<String> installed = session.folders().installedModels();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MODEL", "INSTALLED", "LICENCE", "WHAT IT IS"));
        for (CatalogueModel model : Catalogue.builtIn().models()) {
            rows.add(List.of(
                    model.name(),
                    installed.contains(model.name()) ? "yes" : "no",
                    model.weights().licence(),
                    model.description()));
        }
        Table.print(rows, session.out(), column -> true);
        return ExitCode.OK;
    }

    /** Checks an installed model. */
    @Command(
            name = "verify",
            description = "Makes sure that installed models are still what was installed; exit code 4 if one isn't.")
    Integer verify(
            @Parameters(arity = "1..*", paramLabel = "NAME", description = "Installed models.") List<String> names) {
        ModelInstaller installer = new ModelInstaller(Catalogue.builtIn(), session.folders());
        for (String name : names) {
            installer.verify(name);
            session.out().println(name + ": ok");
        }
        return ExitCode.OK;
    }

    /** Removes an installed model. */
    @Command(name = "remove", description = "Removes an installed model; fetched weights stay in the cache.")
    Integer remove(@Parameters(paramLabel = "NAME", description = "An installed model.") String name) {
        new ModelInstaller(Catalogue.builtIn(), session.folders()).remove(name);
        session.out().println(name + ": removed");
        if (session.folders().defaultModel().equals(name)) {
            session.warn(name + " was the default model; choose another: percept models default");
        }
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
