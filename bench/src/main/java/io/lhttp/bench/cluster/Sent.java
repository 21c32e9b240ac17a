package io.lhttp.bench.cluster;

import java.util.BitSet;

/**
 * What one stream, a publisher's connection, has published to one channel.
 *
 * @param began when the first of it went out, in {@link System#nanoTime}
 * @param ended when the last of it had gone out
 * @param acknowledged the numbers, from 1, that a server has answered with 200
 * @param refused the numbers that a server has answered with anything else
 */
record Sent(
    String stream,
    String channel,
    long began,
    long ended,
    BitSet acknowledged,
    BitSet refused,
    End end) {
  /** How a stream ended. */
  enum End {
    /** The publisher had nothing more to say, and everything was quiet. */
    DONE,
    /** Its connection ended. */
    BROKEN,
    /** Its server was killed, without a chance to pass on what it had acknowledged. */
    KILLED
  }
}
