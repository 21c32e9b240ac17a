package io.lhttp.bench;

/** The bytes that ask a server for an echo, and that use its channel. */
public interface Dialect {
  /** LHTTP, and the frames of servers that read one byte of them. */
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
          return Wire.echo();
        }

        @Override
        public byte[] join() {
          return Wire.join();
        }

        @Override
        public byte[] publish() {
          return Wire.chat();
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
