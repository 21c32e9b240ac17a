package io.lhttp.bench.cluster;

import java.io.IOException;
import java.util.random.RandomGenerator;

/** The kinds of faults. A fault has ended when its method returns. */
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
  /** The network between a server and NATS holds all data back, and delivers it late. */
  STALL {
    @Override
    void inflict(Cluster cluster, Node node, Moments moments) throws Exception {
      node.relay().stall();
      moments.any();
      node.relay().heal();
    }
  },
  /** The network between a server and NATS drops all data, and neither side gets an error. */
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
   * The durations of faults.
   *
   * @param longestMillis the longest one; without this limit some last longer than NATS' clients
   *     take to notice
   */
  record Moments(RandomGenerator random, int longestMillis) {
    void brief() throws InterruptedException {
      Thread.sleep(random.nextInt(Math.min(1_000, longestMillis)));
    }

    /** Waits for a random time; short times are more likely than long ones. */
    void any() throws InterruptedException {
      Thread.sleep((long) (longestMillis * Math.pow(random.nextDouble(), 2)));
    }
  }
}
