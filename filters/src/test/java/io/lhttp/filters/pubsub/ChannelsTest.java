package io.lhttp.filters.pubsub;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.filters.multipart.MultipartFilter;
import io.lhttp.message.Message;
import io.lhttp.testing.LhttpServerExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChannelsTest {
  @RegisterExtension
  static final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .filter("pubsub", new PubSubFilter())
              .filter("multipart", new MultipartFilter())
              .processor("echo", exchange -> exchange.send(exchange.request().body())));

  @Test
  void aSubscriberGetsTheMessageAsItWasPublished() {
    var jack = server.connect();
    var mike = server.connect();
    jack.subscribe("channel_jack");
    var published =
        Message.builder("chat")
            .header("content-type", "json")
            .header("publish", "channel_jack")
            .body("{ to:jack, from:mike }")
            .build();

    mike.send(published);

    assertThat(jack.receive()).isEqualTo(published);
  }

  @Test
  void aProcessorAnswersWithTheRequestsHeaders() {
    var client = server.connect();
    var request = Message.builder("echo").header("id", "7").header("k", "v").body("hello").build();

    assertThat(client.request(request)).isEqualTo(request);
  }

  @Test
  void aCommandWithoutAProcessorIsNotFound() {
    var reply = server.connect().request(Message.of("nothing", "x"));

    assertThat(reply.headers().is("status", "404")).isTrue();
    assertThat(reply.body()).isEmpty();
  }
}
