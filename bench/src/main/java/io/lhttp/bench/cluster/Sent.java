package io.lhttp.bench.cluster;

import java.util.BitSet;

/**
 * The publications of one stream, which is a publisher's connection, to one channel.
 *
 * @param began when the first one was sent, in {@link System#nanoTime}
 * @param ended when the last one was sent
 * @param acknowledged the numbers, from 1, that a server has answered with 200
 * @param refused the numbers that a server has answered otherwise
 */
record Sent(
    String stream,
    String channel,
    long began,
    long ended,
    BitSet acknowledged,
    BitSet refused,
    End end) {
  /** The end of a stream. */
  enum End {
    /** The publisher had sent all, and all was answered. */
    DONE,
    /** The publisher's connection ended before all was answered. */
    BROKEN,
    /** Its server was killed, and could not pass on all acknowledged publications. */
    KILLED
  }
}
