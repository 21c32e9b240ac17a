package io.lhttp.bench.cluster;

import io.lhttp.message.Message;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The publications of one connection, see {@link Publisher}. The sending thread numbers them; the
 * receiving thread records the answers.
 */
final class Stream {
  private final String name;
  private final BooleanSupplier killed;
  private final List<ToChannel> channels;
  private final long began = System.nanoTime();
  private int turn;
  private long ended;
  private boolean done;
  private volatile boolean broken;

  /**
   * @param killed returns, after the end, whether the server was killed
   */
  Stream(String name, List<String> channels, BooleanSupplier killed) {
    this.name = name;
    this.killed = killed;
    this.channels = channels.stream().map(ToChannel::new).toList();
  }

  /** A message with its number. */
  record Publication(ToChannel to, int number, String id, Message message) {}

  /** The next publication; channels take turns. */
  Publication next() {
    var to = channels.get(turn++ % channels.size());
    var number = ++to.last;
    var id = Integer.toString(turn);
    return new Publication(to, number, id, message(to.channel, number, id));
  }

  /** The message, whose body names its stream and number for the subscriber. */
  private Message message(String channel, int number, String id) {
    return Message.builder("note")
        .header("publish", channel)
        .header("ack", "true")
        .header("id", id)
        .header("message-id", name + "-" + id)
        .header("presence-session", "bench-" + name.replace('.', '-'))
        .body(name + " " + number)
        .build();
  }

  void acknowledge(Publication publication) {
    publication.to.acknowledged.set(publication.number);
  }

  void refuse(Publication publication) {
    publication.to.refused.set(publication.number);
  }

  /** Records that sending has ended. */
  void ended() {
    ended = System.nanoTime();
  }

  /** Records that all publications were answered. */
  void done() {
    done = true;
  }

  void breaks() {
    broken = true;
  }

  boolean broken() {
    return broken;
  }

  /** The publications for the checker, once sending and receiving have ended. */
  List<Sent> sent() {
    var end = done ? Sent.End.DONE : killed.getAsBoolean() ? Sent.End.KILLED : Sent.End.BROKEN;
    return channels.stream()
        .map(to -> new Sent(name, to.channel, began, ended, to.acknowledged, to.refused, end))
        .toList();
  }

  /** The numbers of one channel. */
  static final class ToChannel {
    private final String channel;
    private final BitSet acknowledged = new BitSet();
    private final BitSet refused = new BitSet();
    private int last;

    ToChannel(String channel) {
      this.channel = channel;
    }
  }
}
