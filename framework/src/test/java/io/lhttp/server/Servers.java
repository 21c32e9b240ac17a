package io.lhttp.server;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.chain.ChainException;
import io.lhttp.message.Message;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Servers to test against, on a free port of the loopback address. */
final class Servers {
  /** Sends back what it gets, on the event loop. */
  static final Processor ECHO =
      new Processor() {
        @Override
        public void onMessage(Exchange exchange) {
          exchange.connection().send(exchange.request());
        }

        @Override
        public boolean mayBlock(Message message) {
          return false;
        }
      };

  private Servers() {}

  /** With the command {@code echo}, and whatever else is configured. */
  static LhttpServer start(Consumer<LhttpServer.Builder> configure) throws IOException {
    var builder =
        new LhttpServer.Builder()
            .host("127.0.0.1")
            .port(0)
            .transport(EachTransport.Run.current())
            .processor("echo", ECHO);
    configure.accept(builder);
    try {
      return builder.start();
    } catch (ChainException e) {
      throw new AssertionError(e);
    }
  }

  static LhttpServer start() throws IOException {
    return start(builder -> {});
  }

  static LhttpServer limited(UnaryOperator<Limits.Builder> limits) throws IOException {
    return start(builder -> builder.limits(limits.apply(Limits.DEFAULT.toBuilder()).build()));
  }

  /** What comes next; fails where nothing comes. */
  static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    var next = queue.poll(60, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing came");
    }
    return next;
  }

  /** A message that {@link #ECHO} sends back. */
  static String echo(String body) {
    return "LHTTP/1.0 echo\r\n\r\n" + body;
  }
}
