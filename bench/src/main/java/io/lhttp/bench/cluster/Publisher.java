package io.lhttp.bench.cluster;

import java.util.List;

/** Publishes at a steady pace, to some channels in turn, until it is stopped. */
interface Publisher extends Runnable {
  /** The number of publications that were answered with 200. */
  long acknowledged();

  /** Stops the publisher; it ends when all its publications are answered. */
  void stop();

  /** The publications for the checker, after the end. */
  List<Sent> sent();
}
