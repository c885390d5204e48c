# Two images: the daemon alone (the default), and `--target slim` with restic, tar and a shell for built-in providers.
#   docker build -t schelly .
#   docker build -t schelly:slim --target slim .
# Both run with `--read-only --tmpfs /tmp:exec`: at start the state store's native library is unpacked there.
# `--init` is welcome and not needed: as the first process of its container Schelly takes note of the end of what its
# programs leave behind.
# What is built on is named by the digest of all its platforms; dependabot proposes newer ones. That of Deno is looked up
# once for each release (.github/workflows/release.yml), which builds every image on the same one.
ARG DENO_IMAGE=denoland/deno:bin-2.6.8

FROM ${DENO_IMAGE} AS deno

FROM debian:trixie-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132 AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git make \
    && rm -rf /var/lib/apt/lists/*
COPY --from=deno /deno /usr/local/bin/deno
WORKDIR /src
# Packages change seldom: a layer of their own.
COPY deno.json deno.lock Makefile ./
COPY scripts/deno.sh scripts/deno.sh
RUN make setup
COPY . .
RUN make build && mkdir -p /out/data

FROM debian:trixie-slim@sha256:d7e12182ce18b85b93007c1dedf31f2d29e01ccf3182cc4017c709b6259bc132 AS slim
ARG VERSION=""
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="Schelly with restic" \
      org.opencontainers.image.description="Schelly, and what its built-in providers run: restic, tar, a shell." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
RUN apt-get update \
    && apt-get install -y --no-install-recommends bash ca-certificates restic tar \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 65532 nonroot \
    && useradd --uid 65532 --gid 65532 --home-dir /var/lib/schelly --no-create-home --shell /usr/sbin/nologin nonroot \
    && install -d -o 65532 -g 65532 /backup-source /backup-repo
COPY --from=build /src/dist/schelly /usr/local/bin/schelly
COPY --from=build --chown=65532:65532 /out /var/lib/schelly
# The cache of restic lies with the state, not in memory.
ENV LISTEN_IP=0.0.0.0 \
    SCHELLY_SOCKET=/tmp/schelly.sock \
    XDG_CACHE_HOME=/var/lib/schelly/cache
VOLUME ["/var/lib/schelly"]
EXPOSE 8080 7070
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 CMD ["/usr/local/bin/schelly", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/schelly"]
CMD ["run"]

FROM gcr.io/distroless/cc-debian13:nonroot@sha256:e792ab3d241a468a4fd7519ddbbebe66b49b5f365771716ea688ad40b6c6f1c2 AS daemon
ARG VERSION=""
ARG REVISION=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="Schelly" \
      org.opencontainers.image.description="Starts backups on a schedule, keeps what the retention policy wants, deletes the rest." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build /src/dist/schelly /usr/local/bin/schelly
COPY --from=build --chown=65532:65532 /out /var/lib/schelly
ENV LISTEN_IP=0.0.0.0 \
    SCHELLY_SOCKET=/tmp/schelly.sock
VOLUME ["/var/lib/schelly"]
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 CMD ["/usr/local/bin/schelly", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/schelly"]
CMD ["run"]
