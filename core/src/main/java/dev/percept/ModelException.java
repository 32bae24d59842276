package dev.percept;

/** A model can't be used or installed: missing, malformed, without a spec, not what its spec or digest says, or it computes values that aren't finite. */
public sealed class ModelException extends PerceptException permits MissingSpecException {
    private static final long serialVersionUID = 1L;

    /**
     * @param where the file, picture, model or device it is about
     * @param problem what is wrong with it
     * @param remedy what the reader can do, in the imperative
     */
    public ModelException(String where, String problem, String remedy) {
        super(where, problem, remedy);
    }

    /**
     * @param where the file, picture, model or device it is about
     * @param problem what is wrong with it
     * @param remedy what the reader can do, in the imperative
     * @param cause what was thrown underneath
     */
    public ModelException(String where, String problem, String remedy, Throwable cause) {
        super(where, problem, remedy);
        initCause(cause);
    }
}
