package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.channel.ForwardingBroker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exchanges are answered even if a publication fails in a way that the broker's contract does not
 * allow.
 */
class ExchangeFailuresTest {
  private static final String PUBLICATION = "LHTTP/1.0 store\r\npublish: room\r\n\r\nhello";

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void publicationOverHttp_failsWithoutReadableCause_isRefused(boolean mayBlock)
      throws IOException {
    try (var server = server(mayBlock, new Unreadable());
        var client = RawClient.connect(server.port())) {
      client.send(RawClient.publish(PUBLICATION));

      assertThat(client.answer().status()).isEqualTo(503);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void publicationOverWebSocket_failsWithoutReadableCause_isRefused(boolean mayBlock)
      throws IOException {
    try (var server = server(mayBlock, new Unreadable());
        var client = RawClient.open(server.port())) {
      client.message(Message.of("store", "hello"));

      assertThat(client.frame().text()).contains("status:503");
      client.text(Servers.echo("still here"));
      assertThat(client.frame().text()).contains("still here");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void publicationOverHttp_throwsCheckedException_isAnswered(boolean mayBlock) throws IOException {
    try (var server = server(mayBlock, new Checked());
        var client = RawClient.connect(server.port())) {
      client.send(RawClient.publish(PUBLICATION));

      assertThat(client.answer().status()).isEqualTo(mayBlock ? 503 : 500);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void publicationOverWebSocket_throwsCheckedException_isAnswered(boolean mayBlock)
      throws IOException {
    try (var server = server(mayBlock, new Checked());
        var client = RawClient.open(server.port())) {
      client.message(Message.of("store", "hello"));

      if (mayBlock) {
        assertThat(client.frame().text()).contains("status:503");
      } else {
        assertThat(client.closeCode()).isEqualTo(1011);
      }
    }
  }

  private static LhttpServer server(boolean mayBlock, CompletionStage<Void> taking)
      throws IOException {
    var store =
        new Processor() {
          @Override
          public void onMessage(Exchange exchange) {
            exchange.publish("room", exchange.request());
          }

          @Override
          public boolean mayBlock() {
            return mayBlock;
          }
        };
    return Servers.start(builder -> builder.broker(new Failing(taking)).processor("store", store));
  }

  /** A failure whose cause can't be read. */
  private static final class Unreadable extends CompletableFuture<Void> {
    Unreadable() {
      completeExceptionally(
          new CompletionException("a test", null) {
            private static final long serialVersionUID = 1;

            @Override
            public synchronized @Nullable Throwable getCause() {
              throw new IllegalStateException("no cause");
            }
          });
    }
  }

  /** A stage that throws exceptions which its methods do not declare. */
  private static final class Checked extends CompletableFuture<Void> {
    @Override
    public CompletableFuture<Void> toCompletableFuture() {
      throw unchecked(new IOException("a test"));
    }

    @Override
    public CompletableFuture<Void> whenComplete(
        BiConsumer<? super Void, ? super Throwable> action) {
      throw unchecked(new IOException("a test"));
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> RuntimeException unchecked(Throwable thrown) throws T {
      throw (T) thrown;
    }
  }

  private static final class Failing extends ForwardingBroker {
    private final CompletionStage<Void> taking;

    Failing(CompletionStage<Void> taking) {
      super(new MemoryBroker());
      this.taking = taking;
    }

    @Override
    public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
      return taking;
    }
  }
}
