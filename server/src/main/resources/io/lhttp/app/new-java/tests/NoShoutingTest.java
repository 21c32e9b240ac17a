import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The filter in a real chain, without a socket. */
class NoShoutingTest {
  private final TestChain chain =
      TestChain.builder()
          .filter("NoShouting", new NoShouting(new NoShouting.Options(3)))
          .processor("say", new Say())
          .build();
  private final RecordingConnection jack = chain.connect("jack");

  @AfterEach
  void close() {
    chain.close();
  }

  @Test
  void quietMessage_isAnswered() {
    var result = chain.send(jack, Message.of("say", "hello"));

    assertThat(result.thrown()).isEmpty();
    assertThat(result.replies()).extracting(Message::body).containsExactly("you said hello");
  }

  @Test
  void shout_isRefused() {
    var result = chain.send(jack, Message.of("say", "HELLO"));

    assertThat(result.outcome()).isEqualTo(Outcome.refused(422, "no shouting"));
  }

  @Test
  void shortShout_isAnswered() {
    var result = chain.send(jack, Message.of("say", "OK"));

    assertThat(result.replies()).extracting(Message::body).containsExactly("you said OK");
  }
}
