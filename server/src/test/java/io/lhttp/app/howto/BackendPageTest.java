package io.lhttp.app.howto;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.HowToPage;
import io.lhttp.message.Message;
import io.lhttp.testing.TestClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page's commands let a user in, put it into a room, and throw it out. */
class BackendPageTest {
  private static final String PAGE = "backend.md";

  @TempDir private Path folder;

  @Test
  void backend_actsOnUserByCurlAlone() throws Exception {
    var page = new HowToPage(PAGE);
    var secrets =
        Map.of(
            "JWT_SECRET", ApiPage.value(page, "JWT_SECRET"),
            "API_KEY", ApiPage.value(page, "API_KEY"));
    try (var run = new ApiPage(PAGE, folder, secrets);
        var client = TestClient.connect(run.server())) {
      var token = "Bearer " + run.run("b64()").strip();
      var login = Message.builder("login").header("authorization", token).header("ack", "true");
      assertThat(client.request(login.build()).header("status")).contains("200");

      var subscribed = run.run("/api/subscribe");
      assertThat(subscribed).contains("\"changed\":1,", "\"silent\":[]");
      assertThat(client.receive().header("subscribed")).contains("kitchen");
      run.run("/api/publish");
      assertThat(client.receive().body()).isEqualTo("{\"soup\":\"ready\"}");
      assertThat(run.run("/api/presence", "members").get("members"))
          .isEqualTo(run.shown("members").get("members"));

      assertThat(run.run("/api/disconnect")).contains("\"changed\":1,");
      assertThat(client.closed().code()).isEqualTo(4403);
      assertThat(client.closed().reason()).isEqualTo("you threw the soup");
      var event = run.run("/api/audit", "events").get("events").get(0);
      var shown = run.shown("events").get("events").get(0);
      for (var name : List.of("actor", "method", "target", "result")) {
        assertThat(event.get(name)).isEqualTo(shown.get(name));
      }
    }
  }
}
