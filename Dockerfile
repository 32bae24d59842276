# SPDX-License-Identifier: Apache-2.0
# Percept's HTTP service, and its command line, in a container: docs/container.md.
#
#   docker build -t percept .                                 for the CPU
#   docker build -t percept:cuda --build-arg VARIANT=cuda .   for NVIDIA GPUs
#
# It needs BuildKit (Docker's default since 23, Podman, Buildah), which builds only the stages that are asked for.

# cpu or cuda.
ARG VARIANT=cpu
# Where Percept comes from: "source" compiles it here; "folder" takes what `mvn package` has left in dist/target.
ARG RELEASE=source

ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-21
ARG CPU_IMAGE=eclipse-temurin:21-jre-noble
ARG CUDA_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04

FROM ${BUILD_IMAGE} AS source
ARG VARIANT
WORKDIR /build
COPY . .
# A profile is named either way: whether this machine has an NVIDIA driver says nothing about where the image will run.
RUN rm -rf dist/target \
    && profile=-Pcuda && if [ "$VARIANT" = cpu ]; then profile='-P!cuda'; fi \
    && mvn -q -B -ntp "$profile" -Dmaven.test.skip=true -Dspotless.check.skip=true -Dpercept.archives.skip=true -pl dist -am package \
    && mv dist/target/percept-*/ /percept

FROM scratch AS folder
COPY dist/target/percept-*/ /percept/

FROM ${RELEASE} AS release

FROM ${CPU_IMAGE} AS cpu

FROM ${CUDA_IMAGE} AS cuda
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends openjdk-21-jre-headless \
    && rm -rf /var/lib/apt/lists/*

FROM ${VARIANT}
COPY --from=release /percept/ /opt/percept/
COPY --chmod=755 dist/src/main/container/percept-ready /usr/local/bin/
# Installed models are a volume's (`models install`), what can be made again comes with the image: its root may be read-only.
# ONNX Runtime wants a temp folder, in which it leaves nothing, and /dev/shm can be written to in any container.
ENV PATH=/opt/percept/bin:$PATH \
    LC_ALL=C.UTF-8 \
    PERCEPT_HOME=/var/lib/percept \
    PERCEPT_CACHE=/var/cache/percept \
    PERCEPT_JAVA_OPTS="-Djava.io.tmpdir=/dev/shm -XX:-UsePerfData -XX:+ErrorFileToStderr -XX:+ExitOnOutOfMemoryError"
# A run unpacks ONNX Runtime's natives, and shows that this image scores. It must leave nothing running, which would be cut off.
RUN mkdir -p "$PERCEPT_HOME" "$PERCEPT_CACHE" \
    && PERCEPT_KEEP=no percept score --model nlpd --device cpu /opt/percept/samples/reference.png /opt/percept/samples/blur-1.png \
    && chown 10001:10001 "$PERCEPT_HOME" \
    && chmod -R a+rX /opt/percept "$PERCEPT_CACHE"
USER 10001:10001
WORKDIR /var/lib/percept
EXPOSE 8080
# Asks the service as an orchestrator would; for another port or TLS, set your own (docs/container.md).
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["percept-ready"]
ENTRYPOINT ["percept"]
# Whoever publishes the port has decided who reaches it; without that nobody does.
CMD ["serve", "--host", "0.0.0.0", "--allow-remote"]
