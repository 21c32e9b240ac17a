package io.lhttp.bench;

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
      };

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
}
