package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A subscription request keeps channels, positions and options together. */
class SubscriptionRequestTest {
  @Test
  void asked_clientsMessage_namesItsChannelsAlone() {
    var client = Message.builder("chat").header("subscribe", "a b a").build();
    var request =
        new SubscriptionRequest(List.of("a", "b", "c"), Optional.empty(), Optional.of(client));

    assertThat(request.asked()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void asked_codesOwnRequest_isEmpty() {
    assertThat(SubscriptionRequest.of(List.of("a")).asked()).isEmpty();
    assertThat(SubscriptionRequest.of(List.of("a"), new HistoryRequest(List.of(), 1)).asked())
        .isEmpty();
  }

  @Test
  void asked_messageWithoutSubscribe_isEmpty() {
    var request =
        new SubscriptionRequest(
            List.of("a"), Optional.empty(), Optional.of(Message.of("chat", "subscribe:a")));

    assertThat(request.asked()).isEmpty();
  }

  @Test
  void positions_otherNumberThanChannels_areRejected() {
    var one = new HistoryRequest(List.of("now"), 0);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> SubscriptionRequest.of(List.of("a", "b"), one))
        .withMessageContaining("2 channels");
    assertThatIllegalArgumentException().isThrownBy(() -> SubscriptionRequest.of(List.of(), one));
  }

  @Test
  void last_negative_isRejected() {
    assertThatIllegalArgumentException().isThrownBy(() -> new HistoryRequest(List.of(), -1));
  }
}
