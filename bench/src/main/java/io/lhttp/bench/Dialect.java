package io.lhttp.bench;

import java.util.List;
import java.util.stream.IntStream;

/** The messages of a load in one protocol: an echo request, a subscription and a publication. */
public interface Dialect {
  /**
   * LHTTP. The floor server and some rivals understand its messages by one byte alone, see {@code
   * LoadBytes.kind}.
   */
  Dialect LHTTP =
      new Dialect() {
        @Override
        public Protocol subscriber() {
          return new Protocol.WebSocket();
        }

        @Override
        public Protocol publisher() {
          return new Protocol.WebSocket();
        }

        @Override
        public byte[] echo() {
          return LoadBytes.echo();
        }

        @Override
        public byte[] join() {
          return LoadBytes.join();
        }

        @Override
        public byte[] publish() {
          return LoadBytes.chat();
        }

        @Override
        public List<byte[]> join(List<String> channels) {
          return IntStream.iterate(0, from -> from < channels.size(), from -> from + JOINS)
              .mapToObj(from -> channels.subList(from, Math.min(from + JOINS, channels.size())))
              .map(LoadBytes::join)
              .toList();
        }

        @Override
        public byte[] publish(String channel) {
          return LoadBytes.chat(channel);
        }
      };

  /** The most channels that our server accepts in one {@code subscribe} header. */
  int JOINS = 64;

  /** Opens and counts a connection that subscribes or echoes. */
  Protocol subscriber();

  /** Opens a connection that publishes; no message is counted on it. */
  Protocol publisher();

  /** A request that is answered with one message. */
  byte[] echo();

  /**
   * A request that is answered with one message once the subscription exists; empty if connecting
   * subscribes.
   */
  byte[] join();

  /** A publication, which every subscriber receives once. */
  byte[] publish();

  /**
   * Requests that together subscribe to these channels, each answered with one message.
   *
   * @throws UnsupportedOperationException if a connection has one channel
   */
  default List<byte[]> join(List<String> channels) {
    throw new UnsupportedOperationException("one channel");
  }

  /**
   * A publication to one of many channels.
   *
   * @throws UnsupportedOperationException if a connection has one channel
   */
  default byte[] publish(String channel) {
    throw new UnsupportedOperationException("one channel");
  }
}
