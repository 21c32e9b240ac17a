package io.lhttp.app.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The settings of {@code upstream} and {@code events} are read, and each wrong one is reported with
 * its position.
 */
class UpstreamSettingsTest {
  @TempDir private Path folder;

  @Test
  void settings_withEachKey_makeFilters() throws Exception {
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
                  routes: { chat: POST records, recall: "GET http://127.0.0.1:3/all?n=9" }
                  from-clients:
                    - { methods: [ GET ], to: [ records/public ], roles: [ reader ] }
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
  void wrongSettings_areReportedWithPosition() throws Exception {
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

    assertThat(thrown.problems().stream().map(Problem::summary).map(this::withoutFolder))
        .containsExactlyInAnyOrder(
            "lhttp.yaml:3:16: upstream.allow[0]: expected a URL such as"
                + " http://10.0.0.5:9000/record, https://*.example.com or https://*, not 'ftp://x'",
            "lhttp.yaml:4:18: upstream.methods[0]: expected one of GET, HEAD, POST, PUT, PATCH,"
                + " DELETE, not 'get'",
            "lhttp.yaml:5:20: upstream.addresses[0]: expected an address or a block of them such as"
                + " 10.0.0.0/8, not '10.0.0/8'",
            "lhttp.yaml:6:13: events: the key 'to' is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          routes: { chat: POST stor }, named: { store: { targets: ["http://h/"] } } | the route of 'chat' leads to 'stor', which is none of 'named': store
          routes: { chat: store } | upstream.routes.chat: expected a method, a space, and a name of 'named' or a URL, such as POST records, not 'store'
          routes: { chat: post store } | upstream.routes.chat: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, not 'post store'
          routes: { chat: "POST https://*/x" } | upstream.routes.chat: expected a method, a space, and a name of 'named' or a URL
          routes: { chat: "POST http://h/x/*" } | upstream.routes.chat: expected a method, a space, and a name of 'named' or a URL
          routes: { chat: "POST http://h/*?a=b" } | upstream.routes.chat: expected a method, a space, and a name of 'named' or a URL
          named: { store: { targets: ["http://h/x/*"] } } | a target is one URL, without any '*': http://h/x/*
          named: { store: { targets: ["http://h/", "http://h/*"] } } | a target is one URL, without any '*': http://h/*
          from-clients: maybe | upstream.from-clients: expected true, false or a list of rules (methods, to, roles), not 'maybe'
          from-clients: [ { method: [GET] } ] | unknown key 'upstream.from-clients[0].method', did you mean 'methods'?
          from-clients: [ { to: [ "x/../y" ] } ] | upstream.from-clients[0].to[0]: expected a name of 'named', a path below one, or a URL, not 'x/../y'
          from-client: true | unknown key 'upstream.from-client', did you mean 'from-clients'?
          headers: [ Remote-User ] | the header 'Remote-User' never travels
          """)
  void wrongRoutes_areReported(String options, String expected) throws IOException {
    Files.writeString(folder.resolve("lhttp.yaml"), "chain:\n  - upstream: { " + options + " }\n");

    assertThat(catchThrowableOfType(ConfigurationException.class, this::load))
        .hasMessageContaining(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false", "[]", "[ { to: [ store ] }, { roles: [ admin ] } ]"})
  void fromClients_inEachForm_isRead(String value) throws Exception {
    assertThat(
            load("chain: [ { upstream: { named: { store: { targets: [ 'http://h/' ] } },"
                    + " from-clients: "
                    + value
                    + " } } ]")
                .chain()
                .filters())
        .hasSize(1);
  }

  @Test
  void headerThatIsNeverForwarded_isRefused() throws IOException {
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
    return new ApplicationLoader(folder).environment(name -> null).load();
  }

  private String withoutFolder(String problem) {
    return problem.replace(folder + "/", "");
  }
}
