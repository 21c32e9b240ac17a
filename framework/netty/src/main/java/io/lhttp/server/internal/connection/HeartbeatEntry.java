package io.lhttp.server.internal.connection;

import io.lhttp.server.internal.fanout.IndexedBag;

/**
 * One connection in the wheel of its event loop's {@link Heartbeat}, with its last sign of life.
 * The session owns it. Confined to the event loop.
 */
final class HeartbeatEntry implements IndexedBag.Member {
  final Session session;

  /** The index of the wheel's slot that holds this entry. */
  int slot;

  private int place;
  private boolean alive = true;

  HeartbeatEntry(Session session) {
    this.session = session;
  }

  /** Records that the client is alive: it has sent or taken bytes. */
  void signOfLife() {
    alive = true;
  }

  /**
   * Whether the client gave a sign of life since the last call, or could not because the server did
   * not read its socket. The call begins a new period.
   */
  boolean takeSignOfLife() {
    var was = alive || !session.channel.config().isAutoRead();
    alive = false;
    return was;
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public void place(int place) {
    this.place = place;
  }
}
