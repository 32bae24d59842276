package dev.percept.onnx;

import ai.onnxruntime.OrtException;
import dev.percept.PerceptException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What CUDA or one of its libraries said, taken out of ONNX Runtime's message.
 *
 * <p>{@code cuda_call.cc} writes {@code LIBRARY failure CODE: TEXT ; GPU=0 ; hostname=… ; file=… ; line=… ; expr=…}, after the
 * signatures of the functions it was thrown through; {@code CUDA_RETURN_IF_ERROR(cudaGetLastError())}, behind every kernel,
 * writes {@code CUDA error NAME:TEXT}.
 *
 * @param library CUDA, CUBLAS, CUDNN, CUDNN_FE, …
 * @param code its number, or -1 where only the name is given
 * @param name its name or its meaning in words
 */
record CudaError(String library, int code, String name) {
    private static final Pattern CALL = Pattern.compile("\\b(CU[A-Z]+(?:_FE)?) failure (-?\\d+): (.*?) ; GPU=");
    private static final Pattern KERNEL = Pattern.compile("\\bCUDA error (cuda\\w+):");
    /** ONNX Runtime's own files, as their builder's compiler wrote them. */
    private static final Pattern SOURCE = Pattern.compile("/onnxruntime_src/\\S*/(\\S+)");

    /** What Linux's loader says with two paths in it: {@code FILE: version `V' not found (required by FILE)}. */
    private static final Pattern REQUIRED =
            Pattern.compile("(?:.*/)?([^/]+: version `[^'/]+' not found)( \\(required by )(?:.*/)?([^/]+\\))");

    private static final int LONGEST = 200;

    /** The first one in a message, or null. */
    static @Nullable CudaError in(String message) {
        Matcher call = CALL.matcher(message);
        if (call.find()) {
            return new CudaError(call.group(1), Integer.parseInt(call.group(2)), call.group(3));
        }
        Matcher kernel = KERNEL.matcher(message);
        return kernel.find() ? new CudaError("CUDA", -1, kernel.group(1)) : null;
    }

    boolean isCuda(int... codes) {
        if (library.equals("CUDA")) {
            for (int known : codes) {
                if (code == known) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return library + " failure " + (code < 0 ? "" : code + ": ") + name;
    }

    /**
     * Leaves the file's name of a path. A folder's name may hold spaces, so that nobody can tell where in a text a path ends: all
     * from the first one to the last name goes.
     */
    static String withoutPaths(String said) {
        Matcher required = REQUIRED.matcher(said.strip());
        if (required.matches()) {
            return required.group(1) + required.group(2) + required.group(3);
        }
        return SOURCE.matcher(said.strip())
                .replaceAll("$1")
                .replaceFirst("\\S*[/\\\\].*[/\\\\]", "")
                .replaceAll("\\S*[/\\\\](\\S+)", "$1");
    }

    /** ONNX Runtime's message for people: without source files, signatures, the machine's name and its paths. */
    static String brief(OrtException e) {
        String said = PerceptException.reason(e);
        CudaError error = in(said);
        if (error != null) {
            return error.toString();
        }
        // What was thrown first stands last: each function that it went through writes itself before it.
        String rest = said.replaceFirst("^Error code - \\w+ - message: ", "")
                .replaceFirst(".*\\[ONNXRuntimeError\\] : \\d+ : \\w+ : ", "")
                .replaceFirst(".*\\.cc:\\d+ .*?\\) (?=[A-Z])", "")
                .strip();
        rest = withoutPaths(rest);
        return rest.length() > LONGEST ? rest.substring(0, LONGEST) + "…" : rest;
    }
}
