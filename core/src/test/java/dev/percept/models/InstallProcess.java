// SPDX-License-Identifier: Apache-2.0
package dev.percept.models;

import dev.percept.ModelException;
import dev.percept.PerceptHome;
import java.nio.file.Path;

/** Installs {@code tiny} in a process of its own: {@code InstallProcess FOLDER MIRROR}. Prints what went wrong, and exits with 4 then. */
final class InstallProcess {
    private InstallProcess() {}

    public static void main(String[] args) {
        Path folder = Path.of(args[0]);
        PerceptHome folders = new PerceptHome(folder.resolve("home"), folder.resolve("cache"));
        Catalogue catalogue = Catalogue.read(folder.resolve("catalogue/catalogue.json"));
        try {
            new ModelInstaller(catalogue, folders).install("tiny", args[1], InstallProgress.NONE);
        } catch (ModelException e) {
            System.out.println(e.getMessage());
            System.exit(4);
        }
    }
}
