package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dev} watches the files of secrets, and {@code serve} reads them again at a reload. */
class SecretFilesProcessTest extends ProcessFixture {
  private static final String OLD = "the-old-token-of-16-characters";
  private static final String NEW = "the-new-token-of-16-characters";

  @TempDir private Path secrets;

  @BeforeEach
  void anApplication() throws IOException {
    write("processors/word.js", "export function onMessage(ctx) { ctx.send(ctx.options.word); }");
    secret(OLD);
  }

  @Test
  void dev_secretOutsideFolder_isWatched() throws Exception {
    write(
        "lhttp.yaml",
        "processors: { word: { options: { word: file:%s/token } } }\n".formatted(secrets));
    var dev = processes.lhttp(List.of("dev", folder.toString(), "--port", "0"));
    var server = Processes.listening(dev);
    var output = dev.inputReader(UTF_8);
    assertThat(ask(server, "word", "")).isEqualTo(OLD);

    secret(NEW);
    assertThat(output.readLine())
        .matches("reloaded   generation 2 in \\d+ ms: .*" + secrets + "/token changed");
    assertThat(ask(server, "word", "")).isEqualTo(NEW);

    Files.delete(secrets.resolve("token"));
    assertThat(output.readLine()).isEqualTo("broken     generation 2 runs on:");
    assertThat(output.readLine()).contains("word.word: no file that can be read");
    assertThat(output.readLine()).contains("file:" + secrets + "/token");
    assertThat(output.readLine()).matches(" +\\^");
    secret(OLD);
    assertThat(output.readLine()).startsWith("reloaded   generation 3");
  }

  @Test
  void serve_reload_replacesAdminToken() throws Exception {
    write(
        "lhttp.yaml", "admin: { listen: 127.0.0.1:0, token: file:%s/token }\n".formatted(secrets));
    var serve = processes.lhttp(List.of("serve", folder.toString(), "--port", "0"));
    Processes.listening(serve);
    try (var errors = serve.errorReader()) {
      var admin = Processes.admin(errors);
      assertThat(status(admin, NEW)).isEqualTo(401);
      secret(NEW);

      assertThat(status(admin, OLD)).isEqualTo(200);
      Processes.line(errors, "admin.token changed");

      assertThat(status(admin, OLD)).isEqualTo(401);
      assertThat(status(admin, NEW)).isEqualTo(200);
    }
  }

  @Test
  void serve_failedReload_showsNoPlainSecret() throws Exception {
    write(
        "filters/Sec.java",
        """
        import io.lhttp.*;
        public class Sec implements Filter {
          record Options(Secret one, Secrets many) {}
          public Sec(Options options) {}
        }
        """);
    var yaml =
        """
        admin: { listen: 127.0.0.1:0, token: file:%s/token }
        chain: [ { Sec: { one: PLAIN-ONE, many: [ PLAIN-TWO, PLAIN-THREE ] } } ]
        """
            .formatted(secrets);
    write("lhttp.yaml", yaml);
    var serve = processes.lhttp(List.of("serve", folder.toString(), "--port", "0"));
    Processes.listening(serve);
    try (var errors = serve.errorReader()) {
      var admin = Processes.admin(errors);
      write("lhttp.yaml", yaml.replace("one:", "foo: 1, one:"));

      assertThat(reload(admin, OLD).body())
          .contains("unknown key 'Sec.foo'", "one: \\u2026")
          .doesNotContain("PLAIN");

      Processes.signal(serve, "TERM");
      assertThat(errors.lines().toList())
          .anyMatch(line -> line.contains("unknown key 'Sec.foo'"))
          .noneMatch(line -> line.contains("PLAIN"));
    }
  }

  /** Replaces the file at once, as tools that rotate secrets do. */
  private void secret(String word) throws IOException {
    var next = Files.writeString(secrets.resolve("next"), word + "\n");
    Files.move(next, secrets.resolve("token"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Requests a reload. Returns the status of the answer. */
  private int status(URI admin, String token) {
    return reload(admin, token).statusCode();
  }

  private HttpResponse<String> reload(URI admin, String token) {
    var request =
        HttpRequest.newBuilder(admin.resolve("reload"))
            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    return answer(request);
  }
}
