package io.lhttp.bench;

/** The bytes in which a server is asked for an echo and for its channel. */
public interface Dialect {
  /** LHTTP, and every server that tells the same frames apart by one byte. */
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

  /** Answered with one message. */
  byte[] echo();

  /** Answered with one message once the subscription holds; empty where connecting subscribes. */
  byte[] join();

  /** Brings one message to every subscriber. */
  byte[] publish();
}
