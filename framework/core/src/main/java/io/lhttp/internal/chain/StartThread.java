package io.lhttp.internal.chain;

import io.lhttp.message.Message;
import java.util.Collection;
import java.util.List;

/**
 * Decides whether a message starts on its event loop or on a virtual thread. Decided as far as
 * possible when the chain is built. Immutable.
 */
final class StartThread {
  private final boolean alwaysVirtual;
  private final FilterLink[] asked;

  private StartThread(boolean alwaysVirtual, FilterLink[] asked) {
    this.alwaysVirtual = alwaysVirtual;
    this.asked = asked;
  }

  /**
   * A filter that may rewrite a message's route needs a virtual thread if any link after it may
   * need one.
   */
  static StartThread of(List<FilterLink> filters, Collection<ProcessorLink> processors) {
    var blocksBehind = processors.stream().anyMatch(link -> link.blocking != Blocking.NEVER);
    var always = false;
    for (var link : filters.reversed()) {
      always |= link.blocking == Blocking.ALWAYS || (blocksBehind && !link.keepsRoute);
      blocksBehind |= link.blocking != Blocking.NEVER;
    }
    var asked = filters.stream().filter(link -> link.blocking == Blocking.ASK);
    return new StartThread(always, asked.toArray(FilterLink[]::new));
  }

  /** Whether a filter demands a virtual thread for this message. */
  boolean virtual(Message message, int generation) {
    if (alwaysVirtual) {
      return true;
    }
    for (var link : asked) {
      if (link.mayBlock(message, generation)) {
        return true;
      }
    }
    return false;
  }
}
