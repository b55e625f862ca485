# Dockerfile — builds the release binary on Debian 12 and leaves it alone with the libraries it needs.
FROM debian:12.8 AS build
WORKDIR /src
COPY scripts scripts
RUN scripts/setup --build-only
COPY . .
RUN cmake --preset release -DSLUSE_TESTS=OFF && cmake --build --preset release --target sluse && strip build/release/sluse

FROM debian:12.8-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl tzdata libssl3 libfmt9 libspdlog1.10 libyaml-cpp0.7 libicu72 \
      librdkafka1 librocksdb7.8 liblz4-1 libdate-tz3 libjemalloc2 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/sluse --create-home sluse
COPY --from=build /src/build/release/sluse /usr/bin/sluse
COPY schemas /usr/share/sluse/schemas
COPY config/sluse.yaml /etc/sluse/sluse.yaml
COPY LICENSE NOTICE /usr/share/doc/sluse/
USER sluse
WORKDIR /var/lib/sluse
VOLUME /var/lib/sluse
EXPOSE 2575 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["/usr/bin/sluse"]
CMD ["serve", "-c", "/etc/sluse/sluse.yaml"]
