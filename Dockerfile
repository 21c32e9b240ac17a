# Builds an image of the server with a Java runtime of its own: no JDK, no build tools. Mount or copy the application's folder to /app:
#   docker build -t lhttp . && docker run -p 8081:8081 -v "$PWD/examples/chat:/app:ro" lhttp

FROM eclipse-temurin:25-jdk AS build
WORKDIR /src
COPY . .
RUN ./lhttp package
RUN mkdir /opt/lhttp && tar -xzf target/package/lhttp-*-linux-*.tar.gz -C /opt/lhttp --strip-components=1

FROM debian:13-slim
COPY --from=build /opt/lhttp /opt/lhttp
COPY docker/health /opt/lhttp/health
# Creates the cache for fast starts, which holds for this path only.
RUN /opt/lhttp/lhttp serve --help >/dev/null
RUN useradd --system --uid 10001 --no-create-home lhttp && mkdir /app
USER 10001
ENV LHTTP_JAVA_OPTIONS="-XX:MaxRAMPercentage=70"
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["/opt/lhttp/health", "8081", "/livez"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/lhttp/lhttp"]
CMD ["serve", "/app"]
