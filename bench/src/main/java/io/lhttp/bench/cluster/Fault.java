package io.lhttp.bench.cluster;

import java.io.IOException;
import java.util.random.RandomGenerator;

/** What goes wrong. Each is over when it returns. */
enum Fault {
  KILL_SERVER {
    @Override
    void inflict(Cluster cluster, Node node, Moments moments) throws Exception {
      node.kill();
      moments.brief();
      node.restart();
    }
  },
  RESTART_SERVER {
    @Override
    void inflict(Cluster cluster, Node node, Moments moments) throws Exception {
      node.terminate();
      node.restart();
    }
  },
  KILL_NATS {
    @Override
    void inflict(Cluster cluster, Node node, Moments moments) throws Exception {
      cluster.nats().kill();
      moments.brief();
      cluster.nats().restart();
    }
  },
  /** The network takes its time. */
  STALL {
    @Override
    void inflict(Cluster cluster, Node node, Moments moments) throws Exception {
      node.relay().stall();
      moments.any();
      node.relay().heal();
    }
  },
  /** The network is gone, and nobody is told. */
  DROP {
    @Override
    void inflict(Cluster cluster, Node node, Moments moments) throws Exception {
      node.relay().swallow();
      moments.any();
      node.relay().heal();
    }
  },
  RESET {
    @Override
    void inflict(Cluster cluster, Node node, Moments moments) throws IOException {
      node.relay().reset();
    }
  };

  abstract void inflict(Cluster cluster, Node node, Moments moments) throws Exception;

  /**
   * How long it lasts.
   *
   * @param longestMillis some last longer than NATS' clients take to notice, unless this is less
   */
  record Moments(RandomGenerator random, int longestMillis) {
    void brief() throws InterruptedException {
      Thread.sleep(random.nextInt(Math.min(1_000, longestMillis)));
    }

    /** Rather short than long. */
    void any() throws InterruptedException {
      Thread.sleep((long) (longestMillis * Math.pow(random.nextDouble(), 2)));
    }
  }
}
