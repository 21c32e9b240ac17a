package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code upstream} and {@code events} in an application's file. */
class UpstreamSettingsTest {
  @TempDir private Path folder;

  @Test
  void allOfItCanBeWritten() throws Exception {
    var application =
        load(
            """
            chain:
              - upstream:
                  allow: [ "http://127.0.0.1:9000/record", "https://*.example.com" ]
                  named:
                    records:
                      targets: [ "http://127.0.0.1:1/a", "http://127.0.0.1:2/a" ]
                      health: { path: /health }
                  addresses: [ 10.0.0.0/8, "fd00::/8" ]
                  methods: [ POST, PUT ]
                  secret: 0123456789abcdef
                  breaker: { failures: 3 }
              - events:
                  to: "http://localhost:9000/hooks"
                  on: [ open, close ]
                  delivery: { attempts: 2 }
            """);

    assertThat(application.chain().filters()).hasSize(2);
    for (var filter : application.chain().filters()) {
      try (var made = (AutoCloseable) filter.make().call()) {
        assertThat(made).isNotNull();
      }
    }
  }

  @Test
  void whatIsWrongIsToldWithItsPlace() throws Exception {
    Files.writeString(
        folder.resolve("lhttp.yaml"),
        """
        chain:
          - upstream:
              allow: [ "ftp://x" ]
              methods: [ get ]
              addresses: [ 10.0.0/8 ]
          - events: { on: [ open ] }
        """);

    var thrown = catchThrowableOfType(ConfigurationException.class, this::load);

    assertThat(thrown.problems().stream().map(Problem::toString).map(this::withoutFolder))
        .containsExactlyInAnyOrder(
            "lhttp.yaml:3:16: upstream.allow[0]: expected a URL such as"
                + " http://10.0.0.5:9000/record, https://*.example.com or https://*, not 'ftp://x'",
            "lhttp.yaml:4:18: upstream.methods[0]: expected one of GET, HEAD, POST, PUT, PATCH,"
                + " DELETE, not 'get'",
            "lhttp.yaml:5:20: upstream.addresses[0]: expected an address or a block of them such as"
                + " 10.0.0.0/8, not '10.0.0/8'",
            "lhttp.yaml:6:13: events: the key 'to' is missing");
  }

  @Test
  void aHeaderThatNeverTravelsIsAnError() throws IOException {
    Files.writeString(
        folder.resolve("lhttp.yaml"), "chain:\n  - upstream: { headers: [ X-Forwarded-For ] }\n");

    var thrown = catchThrowableOfType(ConfigurationException.class, this::load);

    assertThat(thrown).hasMessageContaining("the header 'X-Forwarded-For' never travels");
  }

  private Application load(String text) throws Exception {
    Files.writeString(folder.resolve("lhttp.yaml"), text);
    return load();
  }

  private Application load() throws ConfigurationException {
    return Application.load(folder, List.of(), name -> null);
  }

  private String withoutFolder(String problem) {
    return problem.replace(folder + "/", "");
  }
}
