// SPDX-License-Identifier: Apache-2.0
package dev.percept.models;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps other threads and processes from fetching the same file, until it is closed by the thread that took it.
 *
 * @param file that is locked
 */
record InstallLock(FileChannel file) {
    /** File locks hold between processes only. */
    private static final ReentrantLock WITHIN_PROCESS = new ReentrantLock();

    /**
     * Takes the lock, when others have let go of it.
     *
     * @param path of the file to lock, in a folder that is there
     * @param progress is told if it has to wait for another process
     */
    static InstallLock of(Path path, InstallProgress progress) throws IOException {
        WITHIN_PROCESS.lock();
        try {
            FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                FileLock lock = file.tryLock();
                if (lock == null) {
                    progress.waiting();
                    file.lock();
                }
                return new InstallLock(file);
            } catch (IOException e) {
                file.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            WITHIN_PROCESS.unlock();
            throw e;
        }
    }

    /** Lets go of it. */
    void close() throws IOException {
        try {
            file.close();
        } finally {
            WITHIN_PROCESS.unlock();
        }
    }
}
