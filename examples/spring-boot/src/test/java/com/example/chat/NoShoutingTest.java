package com.example.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import org.junit.jupiter.api.Test;

/** The filter alone, without Spring and without a socket. */
class NoShoutingTest {
  @Test
  void capitalLetters_areRefused() {
    try (var chain =
        TestChain.builder()
            .filter("no-shouting", new NoShouting())
            .processor("chat", new ChatProcessor())
            .build()) {
      var jack = chain.connect("jack");

      assertThat(chain.send(jack, Message.of("chat", "HELLO")).outcome())
          .isEqualTo(Outcome.refused(422, "no shouting"));
      assertThat(chain.send(jack, Message.of("chat", "hello")).replies())
          .extracting(Message::body)
          .containsExactly("you said hello");
    }
  }
}
