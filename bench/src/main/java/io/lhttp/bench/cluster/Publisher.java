package io.lhttp.bench.cluster;

import java.util.List;

/** Publishes at a steady pace, to some channels in turn, until it is stopped. */
interface Publisher extends Runnable {
  /** How many were answered with 200 so far. */
  long acknowledged();

  /** It ends once what is under way is answered. */
  void stop();

  /** What there is to check, once it has ended. */
  List<Sent> sent();
}
