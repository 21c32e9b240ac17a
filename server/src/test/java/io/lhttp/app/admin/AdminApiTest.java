package io.lhttp.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Secrets;
import io.lhttp.app.api.ApiHandler;
import io.lhttp.app.api.ApiKey;
import io.lhttp.app.api.ApiKeys;
import io.lhttp.app.settings.AdminAccess;
import io.lhttp.server.LhttpServer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The admin listener has the server API, behind the API's own keys. */
class AdminApiTest {
  private static final String TOKEN = "the-token-of-the-operator";
  private static final String KEY = "the-key-of-the-backend-1234";

  private final HttpClient http = HttpClient.newHttpClient();
  private LhttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = LhttpServer.builder().host("127.0.0.1").port(0).start();
  }

  @AfterEach
  void stop() {
    server.close();
    http.close();
  }

  @Test
  void adminToken_isNoKey() throws Exception {
    try (var admin = admin(Optional.of(Secrets.of(TOKEN)))) {
      assertThat(info(admin, TOKEN)).isEqualTo(401);
      assertThat(info(admin, KEY)).isEqualTo(200);
      var metrics =
          HttpRequest.newBuilder(admin.uri().resolve("/metrics"))
              .header("authorization", "Bearer " + KEY);
      assertThat(http.send(metrics.build(), BodyHandlers.ofString()).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void listenerWithoutToken_needsKeyForApi() throws Exception {
    try (var admin = admin(Optional.empty())) {
      assertThat(info(admin, "")).isEqualTo(401);
      assertThat(info(admin, KEY)).isEqualTo(200);
    }
  }

  private AdminServer admin(Optional<Secrets> token) throws Exception {
    var keys = new ApiKeys(Map.of("backend", new ApiKey(Secrets.of(KEY), Set.of())));
    return new AdminServer(
        new AdminAccess("127.0.0.1", 0, token),
        new FakeOperatedServer(server),
        new ApiHandler(() -> keys, server.control(), System::nanoTime));
  }

  private int info(AdminServer admin, String key) throws Exception {
    var request =
        HttpRequest.newBuilder(admin.uri().resolve("/api/info"))
            .header("authorization", "Bearer " + key)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString("{}"));
    return http.send(request.build(), BodyHandlers.ofString()).statusCode();
  }
}
