package io.lhttp.bench.cluster;

import io.lhttp.message.Message;
import java.util.BitSet;
import java.util.List;

/**
 * What one connection of a publisher has sent. Numbered by the thread that sends; answers are noted
 * by the one that receives.
 */
final class Stream {
  private final String name;
  private final Node node;
  private final int life;
  private final List<ToChannel> channels;
  private final long began = System.nanoTime();
  private int turn;
  private long ended;
  private boolean done;
  private volatile boolean broken;

  /**
   * @param life of the node
   */
  Stream(String name, Node node, int life, List<String> channels) {
    this.name = name;
    this.node = node;
    this.life = life;
    this.channels = channels.stream().map(ToChannel::new).toList();
  }

  /** A message with its number. */
  record Publication(ToChannel to, int number, String id, Message message) {}

  /** The next one, to each channel in turn. */
  Publication next() {
    var to = channels.get(turn++ % channels.size());
    var number = ++to.last;
    var id = Integer.toString(turn);
    return new Publication(to, number, id, Publisher.message(name, to.channel, number, id));
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
    var end = done ? Sent.End.DONE : node.wasKilled(life) ? Sent.End.KILLED : Sent.End.BROKEN;
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
