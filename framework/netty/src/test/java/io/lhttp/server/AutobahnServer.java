package io.lhttp.server;

import io.lhttp.server.internal.connection.FrameHandler;
import io.lhttp.server.internal.connection.Session;
import io.lhttp.server.internal.websocket.Frames;
import java.time.Duration;

/**
 * A server for the Autobahn test suite. It has the product's handlers with an echo in place of the
 * chain, and limits that are wide enough for the suite's cases.
 */
public final class AutobahnServer {
  private static final int LONGEST_CASE = 16 * 1024 * 1024;
  private static final int MOST_FRAGMENTS = 100_000;

  private AutobahnServer() {}

  /**
   * Runs the server until the JVM ends.
   *
   * @param args the port
   */
  public static void main(String[] args) throws Exception {
    var limits =
        Limits.builder()
            .messageBytes(LONGEST_CASE + 1024)
            .queueBytes(2 * LONGEST_CASE)
            .fragments(MOST_FRAGMENTS)
            .fragmentTime(Duration.ofMinutes(2))
            .controlFrames(10_000)
            // a case with a megabyte in frames of 64 bytes takes long
            .pingInterval(Duration.ofMinutes(10))
            .closeTime(Duration.ofMillis(500))
            .build();
    var settings =
        LhttpServer.builder().host("127.0.0.1").port(Integer.parseInt(args[0])).limits(limits);
    new Assembly(
            settings,
            (context, session, compressed) ->
                new FrameHandler(
                    session, echo(session), context.limits(), context.budget(), compressed))
        .start();
  }

  private static FrameHandler.Receiver echo(Session session) {
    return (format, payload, compressed) -> {
      var plain = compressed ? session.expand(format, payload) : payload;
      if (plain != null) {
        var channel = session.channel;
        var frame = Frames.message(channel.alloc(), format, plain);
        // behind the pongs of this turn, which the event loop writes by a task of its own
        channel.eventLoop().execute(() -> channel.writeAndFlush(frame));
      }
    };
  }
}
