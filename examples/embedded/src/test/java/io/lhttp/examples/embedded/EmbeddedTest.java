package io.lhttp.examples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.testing.TestChain;
import io.lhttp.testing.TestClient;
import org.junit.jupiter.api.Test;

/** The embedded server greets its clients, and its filter refuses shouting. */
class EmbeddedTest {
  @Test
  void server_greetsAndAnswers() throws Exception {
    try (LhttpServer server = Embedded.server(0).start();
        var client = TestClient.connect(server.uri())) {
      client.send(Message.of("hello", "it's me"));

      assertThat(client.receive().body()).isEqualTo("welcome");
      assertThat(client.receive().body()).isEqualTo("you said it's me");
    }
  }

  @Test
  void shouting_isRefusedBeforeProcessor() {
    try (var chain =
        TestChain.builder()
            .filter("no-shouting", new NoShouting())
            .processor("hello", new Greeter())
            .build()) {
      var result = chain.send(chain.connect("jack"), Message.of("hello", "HELLO"));

      assertThat(result.outcome()).isEqualTo(Outcome.refused(422, "no shouting"));
      assertThat(result.replies()).singleElement().satisfies(m -> assertThat(m.body()).isEmpty());
    }
  }
}
