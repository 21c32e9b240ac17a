package io.lhttp.app.howto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.lhttp.app.Processes;
import io.lhttp.fixture.HowToPage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manifests of Kubernetes fit each other, the image, and the server. */
class KubernetesPageTest {
  private static final Path HOME = Objects.requireNonNull(HowToPage.DOCS.getParent());
  private static final Pattern ADDRESS = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");
  private static final int PATIENCE_MILLIS = 60_000;
  private static final String TOKEN = "a-token-that-you-replace";

  /** The manifests by kind; the file has one of each. */
  private final Map<String, JsonNode> manifests = new LinkedHashMap<>();

  @SuppressWarnings("NullAway.Init") // every test reads it
  private JsonNode settings;

  @BeforeEach
  void read() throws IOException {
    var yaml = new YAMLMapper();
    try (var documents =
        yaml.readerFor(JsonNode.class)
            .<JsonNode>readValues(HowToPage.DOCS.resolve("how-to/kubernetes.yaml").toFile())) {
      documents.readAll().forEach(one -> manifests.put(one.path("kind").asText(), one));
    }
    settings = yaml.readTree(of("ConfigMap").at("/data/lhttp.yaml").asText());
  }

  @Test
  void manifests_haveOneNameAndLabel() {
    assertThat(manifests)
        .containsOnlyKeys(
            "ConfigMap", "Secret", "Deployment", "PodDisruptionBudget", "Service", "Ingress");
    for (var manifest : manifests.values()) {
      assertThat(manifest.at("/metadata/name").asText()).isEqualTo("lhttp");
      assertThat(manifest.at("/metadata/labels/app").asText()).isEqualTo("lhttp");
    }
    for (var labels :
        List.of(
            of("Deployment").at("/spec/selector/matchLabels"),
            of("PodDisruptionBudget").at("/spec/selector/matchLabels"),
            pod().at("/topologySpreadConstraints/0/labelSelector/matchLabels"),
            of("Service").at("/spec/selector"))) {
      assertThat(labels).isEqualTo(of("Deployment").at("/spec/template/metadata/labels"));
    }
  }

  @Test
  void ports_leadFromIngressToServer() {
    var ports = new LinkedHashMap<String, Integer>();
    container()
        .path("ports")
        .forEach(port -> ports.put(port.path("name").asText(), port.path("containerPort").asInt()));
    var service = of("Service").at("/spec/ports/0");
    var backend = of("Ingress").at("/spec/rules/0/http/paths/0/backend/service");

    assertThat(ports).containsOnlyKeys("http", "admin");
    assertThat(settings.path("listen").asText()).isEqualTo("*:" + ports.get("http"));
    assertThat(settings.at("/admin/listen").asText()).isEqualTo("0.0.0.0:" + ports.get("admin"));
    assertThat(service.path("targetPort").asText()).isEqualTo("http");
    assertThat(backend.path("name")).isEqualTo(of("Service").at("/metadata/name"));
    assertThat(backend.at("/port/name")).isEqualTo(service.path("name"));
    assertThat(settings.path("hosts")).contains(of("Ingress").at("/spec/rules/0/host"));
    for (var probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      var get = container().path(probe).path("httpGet");
      assertThat(get.path("port").asText()).as(probe).isEqualTo("admin");
      assertThat(get.path("path").asText())
          .isEqualTo(probe.equals("readinessProbe") ? "/readyz" : "/livez");
    }
  }

  @Test
  void secretsAndFiles_exist() throws IOException {
    var secret = container().at("/env/0/valueFrom/secretKeyRef");
    var items = pod().at("/volumes/0/configMap/items");
    var mounts = container().path("volumeMounts");

    assertThat(secret.path("name")).isEqualTo(of("Secret").at("/metadata/name"));
    assertThat(of("Secret").path("stringData").has(secret.path("key").asText())).isTrue();
    assertThat(settings.at("/admin/token").asText())
        .isEqualTo("${" + container().at("/env/0/name").asText() + "}");
    assertThat(pod().at("/volumes/0/configMap/name"))
        .isEqualTo(of("ConfigMap").at("/metadata/name"));
    assertThat(items.findValuesAsText("key"))
        .containsExactlyInAnyOrderElementsOf(names(of("ConfigMap").path("data")));
    assertThat(mounts.findValuesAsText("name")).containsExactly("app", "tmp");
    assertThat(pod().at("/volumes/0/name").asText()).isEqualTo("app");
    assertThat(pod().at("/volumes/1/name").asText()).isEqualTo("tmp");
    var image = Files.readString(HOME.resolve("Dockerfile"));
    assertThat(image)
        .contains("\nUSER " + pod().at("/securityContext/runAsUser").asText() + "\n")
        .contains("\nCMD [\"serve\", \"" + mounts.get(0).path("mountPath").asText() + "\"]");
    assertThat(container().path("args").toString()).isEqualTo("[\"serve\",\"/app\"]");
  }

  @Test
  void grace_isLongerThanPauseAndDrain() {
    var pause = container().at("/lifecycle/preStop/exec/command/1").asInt();
    var drain = Integer.parseInt(settings.at("/drain/deadline").asText().replace("s", ""));

    assertThat(pause).isPositive();
    assertThat(pod().path("terminationGracePeriodSeconds").asInt())
        .isGreaterThan(pause + drain + 12);
    assertThat(of("Deployment").at("/spec/strategy/rollingUpdate/maxUnavailable").asInt(-1))
        .isZero();
    assertThat(of("PodDisruptionBudget").at("/spec/maxUnavailable").asInt()).isOne();
  }

  @Test
  void application_isServedAndProbesNeedNoToken(@TempDir Path folder) throws Exception {
    mount(folder, "..2026_01_01", file -> file);
    try (var processes = new Processes()) {
      var command =
          new ProcessBuilder(
              Processes.command(
                  List.of(
                      "serve",
                      folder.toString(),
                      "--port",
                      "0",
                      "--set",
                      "admin.listen=127.0.0.1:0",
                      "--set",
                      "broker=memory"))); // no test has this NATS
      command.environment().put("ADMIN_TOKEN", TOKEN);
      var serve = processes.start(command);
      Processes.listening(serve);
      try (var log = serve.errorReader(UTF_8)) {
        var address = ADDRESS.matcher(Processes.line(log, "admin listening on "));
        assertThat(address.find()).isTrue();
        var port = Integer.parseInt(address.group(1));
        var until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        var answer = probe(port, "/readyz");
        while (!answer.startsWith("HTTP/1.1 200 ") && System.nanoTime() < until) {
          assertThat(answer).startsWith("HTTP/1.1 503 ").endsWith("warming\n");
          assertThat(serve.waitFor(50, TimeUnit.MILLISECONDS)).as("ended").isFalse();
          answer = probe(port, "/readyz");
        }

        assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("ready\n");
        assertThat(probe(port, "/livez")).startsWith("HTTP/1.1 200 ");
        assertThat(probe(port, "/metrics")).startsWith("HTTP/1.1 401 ");

        mount(folder, "..2026_01_02", file -> file.replace("drat", "blast"));
        Processes.signal(serve, "HUP");
        assertThat(Processes.line(log, "reloaded")).contains("generation 2 in ").contains("words");
      }
    }
  }

  /**
   * Writes the files as a ConfigMap's volume has them, and replaces those of an earlier version.
   */
  private void mount(Path folder, String version, UnaryOperator<String> change) throws IOException {
    for (var item : pod().at("/volumes/0/configMap/items")) {
      var path = item.path("path").asText();
      var file = folder.resolve(version).resolve(path);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      var text = of("ConfigMap").path("data").path(item.path("key").asText()).asText();
      Files.writeString(file, change.apply(text));
      var link = folder.resolve(Path.of(path).getName(0));
      if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
        Files.createSymbolicLink(link, Path.of("..data", link.getFileName().toString()));
      }
    }
    var next = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of(version));
    Files.move(next, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Asks as a probe does, which names the pod by its address and has no token. */
  private static String probe(int port, String path) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      var request =
          "GET " + path + " HTTP/1.1\r\nHost: 10.244.1.7:9091\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private static List<String> names(JsonNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private JsonNode of(String kind) {
    return Objects.requireNonNull(manifests.get(kind), kind);
  }

  private JsonNode pod() {
    return of("Deployment").at("/spec/template/spec");
  }

  private JsonNode container() {
    return pod().at("/containers/0");
  }
}
