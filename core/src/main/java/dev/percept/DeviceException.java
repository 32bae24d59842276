package dev.percept;

/** An execution provider or native library that was asked for isn't there, or doesn't work. */
public final class DeviceException extends PerceptException {
    private static final long serialVersionUID = 1L;

    /**
     * @param where the file, picture, model or device it is about
     * @param problem what is wrong with it
     * @param remedy what the reader can do, in the imperative
     */
    public DeviceException(String where, String problem, String remedy) {
        super(where, problem, remedy);
    }

    /**
     * @param where the file, picture, model or device it is about
     * @param problem what is wrong with it
     * @param remedy what the reader can do, in the imperative
     * @param cause what was thrown underneath
     */
    public DeviceException(String where, String problem, String remedy, Throwable cause) {
        super(where, problem, remedy);
        initCause(cause);
    }
}
