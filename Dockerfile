# Alcove in a container: `docker compose up`, or `docker build -t alcove .`.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG RUST_IMAGE=rust:1.95-bookworm
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS web
WORKDIR /src
COPY openapi.json ./
COPY frontend/package.json frontend/package-lock.json frontend/
RUN cd frontend && npm ci --no-audit --no-fund
COPY frontend frontend
RUN cd frontend && npm run build

FROM ${RUST_IMAGE} AS program
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends cmake clang && rm -rf /var/lib/apt/lists/*
COPY . .
COPY --from=web /src/frontend/dist frontend/dist
RUN cargo build --release --package server --bin alcove

FROM ${BASE_IMAGE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data alcove \
    && install -d -o alcove -g alcove -m 0700 /data
COPY --from=program /src/target/release/alcove /usr/local/bin/alcove
USER alcove
VOLUME /data
EXPOSE 5212
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD curl --fail --silent --output /dev/null http://127.0.0.1:5212/readyz || exit 1
ENTRYPOINT ["alcove"]
CMD ["serve", "--listen", "0.0.0.0:5212", "--data", "/data"]
