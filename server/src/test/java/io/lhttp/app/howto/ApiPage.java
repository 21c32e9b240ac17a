package io.lhttp.app.howto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.app.Processes;
import io.lhttp.fixture.HowToPage;
import io.lhttp.fixture.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A page whose blocks of curl are run against a server with the page's settings. */
final class ApiPage implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> environment = new HashMap<>();
  private final Processes processes = new Processes();
  private final HowToPage page;
  private final Path folder;
  private final URI server;
  private final URI api;

  /** Starts the server in a process of its own. */
  ApiPage(String name, Path folder, Map<String, String> environment) throws Exception {
    for (var program : List.of("curl", "openssl")) {
      Assumptions.assumeTrue(Programs.find(program).isPresent(), "missing program: " + program);
    }
    this.page = new HowToPage(name);
    this.folder = folder;
    this.environment.putAll(environment);
    Files.writeString(folder.resolve("lhttp.yaml"), page.block("yaml", "listen: 127.0.0.1:9092"));
    var command =
        new ArrayList<>(List.of("serve", folder.toString(), "--port", "0", "--set", "admin=false"));
    command.addAll(List.of("--set", "api.listen=127.0.0.1:0"));
    var builder = new ProcessBuilder(Processes.command(command));
    builder.environment().putAll(environment);
    var process = processes.start(builder);
    server = Processes.listening(process);
    try (BufferedReader errors = process.errorReader()) {
      api =
          URI.create(
              Processes.line(errors, "api listening on ").replaceFirst(".*listening on ", ""));
    }
  }

  URI server() {
    return server;
  }

  URI api() {
    return api;
  }

  HowToPage page() {
    return page;
  }

  /** Returns a value that a block assigns to a variable of the shell. */
  static String value(HowToPage page, String variable) throws Exception {
    var script = page.block("sh", "export " + variable + "=");
    return shell(script + "\nprintf %s \"$" + variable + "\"", Path.of("."), Map.of());
  }

  /** Runs the first block with these words. Returns its output. */
  String run(String words) throws Exception {
    return shell(
        page.block("sh", words).replace("http://localhost:9092/", api.toString()),
        folder,
        environment);
  }

  /** Runs a block, whose output has the members of the page's JSON with the same words. */
  JsonNode run(String words, String shown) throws Exception {
    var answer = JSON.readTree(run(words));
    assertThat(names(answer)).as(answer.toString()).isEqualTo(names(shown(shown)));
    return answer;
  }

  JsonNode shown(String words) throws IOException {
    return JSON.readTree(page.block("json", words));
  }

  private static Set<String> names(JsonNode node) {
    var names = new TreeSet<String>();
    for (var member : node.properties()) {
      names.add(member.getKey());
      names.addAll(names(member.getValue()));
    }
    if (node.isArray()) {
      node.forEach(item -> names.addAll(names(item)));
    }
    return names;
  }

  private static String shell(String script, Path folder, Map<String, String> environment)
      throws Exception {
    var builder = new ProcessBuilder("sh", "-c", script.replace("curl ", "curl -sS "));
    builder.directory(folder.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    var process = builder.start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(script + output).isZero();
    return output;
  }

  @Override
  public void close() {
    processes.close();
  }
}
