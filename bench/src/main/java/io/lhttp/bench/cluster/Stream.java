package io.lhttp.bench.cluster;

import io.lhttp.message.Message;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * What a publisher has sent in one go, see {@link Publisher}. Numbered by the thread that sends;
 * answers are noted by the one that receives.
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
   * @param killed whether its server was, asked when it has ended
   */
  Stream(String name, List<String> channels, BooleanSupplier killed) {
    this.name = name;
    this.killed = killed;
    this.channels = channels.stream().map(ToChannel::new).toList();
  }

  /** A message with its number. */
  record Publication(ToChannel to, int number, String id, Message message) {}

  /** The next one, to each channel in turn. */
  Publication next() {
    var to = channels.get(turn++ % channels.size());
    var number = ++to.last;
    var id = Integer.toString(turn);
    return new Publication(to, number, id, message(to.channel, number, id));
  }

  /** A subscriber finds stream and number in the body. */
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

  /** Nothing more is sent. */
  void ended() {
    ended = System.nanoTime();
  }

  /** All was answered. */
  void done() {
    done = true;
  }

  void breaks() {
    broken = true;
  }

  boolean broken() {
    return broken;
  }

  /** What there is to check, once nobody sends and receives any more. */
  List<Sent> sent() {
    var end = done ? Sent.End.DONE : killed.getAsBoolean() ? Sent.End.KILLED : Sent.End.BROKEN;
    return channels.stream()
        .map(to -> new Sent(name, to.channel, began, ended, to.acknowledged, to.refused, end))
        .toList();
  }

  /** One channel's numbers. */
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
