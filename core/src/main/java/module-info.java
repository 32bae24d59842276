/** Percept's library: see the package {@code dev.percept}. */
module dev.percept.core {
    requires com.google.gson;
    requires com.google.protobuf;
    requires com.microsoft.onnxruntime;
    requires org.tribuo.util.onnx;
    requires java.management;
    requires java.net.http;
    requires jdk.management;
    requires transitive java.desktop;
    requires transitive static org.jspecify;

    exports dev.percept;
    exports dev.percept.models;
}
