package dev.percept.cli;

import dev.percept.models.Catalogue;
import dev.percept.models.CatalogueModel;
import dev.percept.models.InstallProgress;
import dev.percept.models.ModelInstaller;
import dev.percept.models.WeightsFile;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code percept models install}: a model from its pinned weights, without Python. */
@Command(
        name = "install",
        description = "Installs a model: fetches its pinned weights, verifies them and keeps their licence with it.",
        footer = {
            "",
            "percept models list names what can be installed. HTTPS_PROXY and NO_PROXY are honoured, and HF_ENDPOINT",
            "names a mirror. A download that broke off goes on where it was. Exit code 4 if the model can't be had;",
            "nothing of it is installed then."
        })
final class ModelInstallCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(paramLabel = "NAME", description = "The model, such as vgg19.")
    private String name = "";

    @Option(names = "--from", paramLabel = "FILE", description = "Take the weights of this file; fetch nothing.")
    private @Nullable Path from;

    @Option(names = "--mirror", paramLabel = "URL", description = "Fetch from this mirror of the Hugging Face hub.")
    private @Nullable String mirror;

    @Option(
            names = "--catalogue",
            paramLabel = "FILE",
            description = "Another catalogue than the one in Percept (docs/backbones.md).")
    private @Nullable Path catalogueFile;

    ModelInstallCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        if (from != null && mirror != null) {
            throw new UsageException("give either --from or --mirror");
        }
        Catalogue catalogue = catalogueFile == null ? Catalogue.builtIn() : Catalogue.read(catalogueFile);
        CatalogueModel model = catalogue.model(name);
        WeightsFile weights = model.weights();
        session.say(name + ": " + model.description());
        session.say("weights of " + weights.source());
        session.say("licence " + weights.licence() + ", " + weights.copyright());
        ModelInstaller installer = new ModelInstaller(catalogue, session.folders());
        Path file;
        if (from != null) {
            file = installer.installFrom(name, from);
        } else {
            try (Progress progress = new Progress()) {
                file = installer.install(name, mirror, progress);
            }
        }
        session.out().println(file);
        return ExitCode.OK;
    }

    /** One line that is rewritten, on a terminal only. */
    private final class Progress implements InstallProgress, AutoCloseable {
        private final boolean shown = session.console().isWatched();
        private long tenths = -1;

        @Override
        public void fetched(long done, long total) {
            long now = total <= 0 ? 0 : Math.min(1000, done * 1000 / total);
            if (shown && now != tenths) {
                tenths = now;
                session.console()
                        .err()
                        .print(String.format(
                                Locale.ROOT,
                                "\r%.1f of %.1f MB (%.1f%%)\u001b[K",
                                done / 1e6,
                                total / 1e6,
                                now / 10.0));
                session.console().err().flush();
            }
        }

        @Override
        public void waiting() {
            session.say("another process is fetching these weights; waiting for it");
        }

        @Override
        public void close() {
            if (tenths >= 0) {
                session.console().err().println();
            }
        }
    }
}
