package dev.percept.cli;

import dev.percept.Diagnosis;
import dev.percept.terminal.Messages;
import dev.percept.terminal.NativeFolder;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code percept doctor}: what this machine has, and what to do about what it hasn't. */
@Command(
        name = "doctor",
        description = "Says what Percept finds on this machine, and how to mend what is wrong.",
        footer = {"", "Exit code 0 if scoring on the CPU works, 5 if it doesn't. Lacking a GPU is no problem."})
final class DoctorCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private NativeFolder natives = new NativeFolder();

    DoctorCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        natives.use();
        Diagnosis diagnosis = Diagnosis.of(session.folders());
        int width = diagnosis.findings().stream()
                .mapToInt(finding -> finding.name().length())
                .max()
                .orElse(0);
        for (Diagnosis.Finding finding : diagnosis.findings()) {
            String name = finding.name() + " ".repeat(width - finding.name().length());
            session.out()
                    .println((finding.problem() ? "[!!] " : "[ok] ") + name + "  " + Messages.oneLine(finding.value()));
            if (finding.remedy() != null) {
                session.out().println("     " + " ".repeat(width) + "  → " + finding.remedy());
            }
        }
        return diagnosis.scoresOnCpu() ? ExitCode.OK : ExitCode.DEVICE;
    }
}
