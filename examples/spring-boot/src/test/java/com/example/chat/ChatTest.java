package com.example.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.spring.test.LhttpTest;
import io.lhttp.testing.TestClient;
import org.junit.jupiter.api.Test;

/** The whole application on a free port, with connections to it. */
@LhttpTest
class ChatTest {
  @Test
  void message_isAnswered(TestClient jack) {
    assertThat(jack.request(Message.of("chat", "hello")).body()).isEqualTo("you said hello");
  }

  @Test
  void shouting_isRefused(TestClient jack) {
    Message refusal = jack.request(Message.of("chat", "HELLO"));

    assertThat(refusal.header("status")).contains("422");
  }

  @Test
  void publication_reachesSubscribers(TestClient jack, TestClient mike) {
    jack.subscribe("kitchen");
    mike.send(Message.builder("chat").header("publish", "kitchen").body("soup is ready").build());

    assertThat(jack.receive().body()).isEqualTo("soup is ready");
  }
}
