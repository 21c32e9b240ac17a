package com.example.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.spring.test.LhttpTest;
import io.lhttp.testing.TestClient;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.web.client.RestClient;

/** The LHTTP server beside the application's web server, both on free ports. */
@LhttpTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class OperationTest {
  @Value("http://localhost:${local.server.port}")
  private String web;

  @Test
  void announcement_reachesSubscribers(TestClient jack) {
    jack.subscribe("announcements");

    RestClient.create(web).post().uri("/announcements").body("lunch").retrieve().toBodilessEntity();

    assertThat(jack.receive().body()).isEqualTo("lunch");
  }

  @Test
  void actuator_hasHealthAndMetrics(TestClient jack) {
    jack.request(Message.of("chat", "hello"));

    assertThat(get("/actuator/health")).contains("\"lhttp\":{", "\"status\":\"UP\"");
    assertThat(get("/actuator/prometheus"))
        .contains(
            "lhttp_connections_opened_total ",
            "lhttp_link_messages_total{kind=\"filter\",link=\"no-shouting\"}",
            "lhttp_link_seconds_count{kind=\"processor\",link=\"chat\"}");
  }

  private String get(String path) {
    return RestClient.create(web).get().uri(path).retrieve().body(String.class);
  }
}
