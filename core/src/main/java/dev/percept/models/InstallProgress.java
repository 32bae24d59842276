package dev.percept.models;

/** Is told how far an installation is, on the thread that installs. */
public interface InstallProgress {
    /** Tells nobody. */
    InstallProgress NONE = (done, total) -> {};

    /**
     * So much has arrived, with what earlier tries left.
     *
     * @param done bytes
     * @param total bytes, exact or nearly so
     */
    void fetched(long done, long total);

    /** Another process is fetching the same file, which is waited for. */
    default void waiting() {}
}
