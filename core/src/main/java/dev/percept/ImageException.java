package dev.percept;

/** A picture can't be read, or can't be scored: missing, not an image, truncated, of another size than its reference. */
public final class ImageException extends PerceptException {
    private static final long serialVersionUID = 1L;

    /**
     * @param where the file, picture, model or device it is about
     * @param problem what is wrong with it
     * @param remedy what the reader can do, in the imperative
     */
    public ImageException(String where, String problem, String remedy) {
        super(where, problem, remedy);
    }

    /**
     * @param where the file, picture, model or device it is about
     * @param problem what is wrong with it
     * @param remedy what the reader can do, in the imperative
     * @param cause what was thrown underneath
     */
    public ImageException(String where, String problem, String remedy, Throwable cause) {
        super(where, problem, remedy);
        initCause(cause);
    }
}
