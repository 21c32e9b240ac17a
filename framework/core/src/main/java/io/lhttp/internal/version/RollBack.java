package io.lhttp.internal.version;

import java.util.List;

/**
 * The return to the proven generation, whose links take over from those of the condemned one. The
 * caller of {@link Generations#prepareRollBack} owns it; any thread may close it.
 */
public final class RollBack implements AutoCloseable {
  private final int condemned;
  private final List<Instance> proven;
  private final Handover handover;

  /**
   * @param condemned the generation that is rolled back
   * @param proven the links that run again
   */
  RollBack(int condemned, List<Instance> proven, Handover handover) {
    this.condemned = condemned;
    this.proven = proven;
    this.handover = handover;
  }

  /**
   * Lets the proven links take over again; call it once. A link that fails or hangs is logged and
   * runs on without what it hands over. Takes some seconds for each such link at most.
   *
   * @return false if another change of the chain is under way: the caller tries again later
   */
  public boolean handOver() {
    return handover.passAnyway(proven);
  }

  /** Gives everything back, unless the generation was rolled back. */
  @Override
  public void close() {
    var unused = handover.giveBack();
  }

  int condemned() {
    return condemned;
  }

  void taken() {
    handover.commit();
  }
}
