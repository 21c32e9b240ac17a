package io.lhttp.server;

import io.lhttp.Recall;
import io.lhttp.pubsub.History;
import io.lhttp.pubsub.Position;
import java.util.List;

/**
 * Sends a subscriber what it asked for of a channel's past, a stretch per turn of the event loop
 * and no faster than it is read. Live deliveries are left out meanwhile: they are in the history,
 * and once the history's end is reached, what comes live goes on from there. Confined to the
 * connection's event loop.
 */
final class Replay implements Runnable {
  /** Messages per turn: others' live deliveries wait for no more than this. */
  private static final int STRETCH = 16;

  private static final History.Page NOTHING = new History.Page(0, List.of());

  private final Subscription subscription;
  private final ServerContext server;
  private long at;

  private Replay(Subscription subscription, ServerContext server, long at) {
    this.subscription = subscription;
    this.server = server;
    this.at = at;
  }

  /** Tells where the subscription begins, and begins. */
  static void begin(Subscription subscription, ServerContext server, Recall recall, int index) {
    var history = server.hub().history(subscription.channel);
    var notice = recall.notice().toBuilder().header("channel", subscription.channel);
    var since = recall.since(index);
    var now = since.filter(Recall.NOW::equals).isPresent();
    var known =
        history
            .flatMap(h -> since.flatMap(Position::parse).filter(p -> holds(h, p)))
            .map(Position::offset);
    if (since.isPresent() && !now) {
      notice.header("recovered", Boolean.toString(known.isPresent()));
    }
    if (history.isEmpty()) {
      subscription.session.outbound().send(notice.build());
      return;
    }
    var log = history.get();
    var from = now ? log.head() : known.orElseGet(() -> log.before(recall.last()));
    notice.header("position", new Position(log.epoch(), from).toString());
    subscription.session.outbound().send(notice.build());
    var replay = new Replay(subscription, server, from);
    subscription.replay = replay;
    replay.run();
  }

  @Override
  public void run() {
    if (subscription.replay != this || subscription.over()) {
      return;
    }
    var outbound = subscription.session.outbound();
    if (outbound.closing()) {
      return;
    }
    if (!outbound.takes()) {
      subscription.session.whenRelieved(this);
      return;
    }
    var history = server.hub().history(subscription.channel);
    var page = history.map(h -> h.after(at, STRETCH)).orElse(NOTHING);
    subscription.missed += page.missed();
    at += page.missed();
    for (var entry : page.entries()) {
      if (!outbound.takes()) {
        break;
      }
      send(entry);
      at = entry.offset();
    }
    if (page.entries().isEmpty()) {
      subscription.position = at;
      subscription.replay = null;
    } else {
      subscription.session.later(this);
    }
  }

  private void send(History.Entry entry) {
    var broadcast = new Broadcast(entry.message(), 1, entry.offset());
    try {
      subscription.session.outbound().deliver(subscription, broadcast);
    } finally {
      broadcast.release();
    }
  }

  private static boolean holds(History history, Position position) {
    return history.epoch().equals(position.epoch()) && history.holds(position.offset());
  }
}
