package io.lhttp.internal.version;

import io.lhttp.HandsOver;
import io.lhttp.internal.chain.ContextLoader;
import io.lhttp.internal.measure.InnermostFrame;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The links that own their state, one for each name: they have taken over, and have not handed over
 * since. A link with two names owns it under both. One object for each server. It calls their
 * methods on the calling thread. All threads may use it; no lock is held during a call.
 */
final class StateOwners {
  private record Slot(String kind, String name) {
    static Slot of(Instance instance) {
      return new Slot(instance.kind(), instance.name());
    }
  }

  private record Call(String method, Instant since, Thread thread) {}

  /** The method of a link to be called. */
  @FunctionalInterface
  private interface Body<T> {
    T call(HandsOver<Object> link) throws Exception;
  }

  /** Guarded by this object's lock. */
  private final Map<Slot, Instance> owners = new HashMap<>();

  /**
   * The links that have handed over a state which may own threads. Once such a link is closed, its
   * threads pass to the owner. Guarded by this object's lock.
   */
  private final Set<Object> leaving = Collections.newSetFromMap(new IdentityHashMap<>());

  /** The calls that run, by the link's object. Guarded by this object's lock. */
  private final IdentityHashMap<Object, Call> calls = new IdentityHashMap<>();

  /** Whether the link implements {@link HandsOver}. */
  static boolean concerns(Instance instance) {
    return instance.object() instanceof HandsOver;
  }

  /**
   * Finds the links that have to take over, and their predecessors.
   *
   * @param next the links of the next generation, in order
   */
  synchronized List<HandoverStep> plan(List<Instance> next) {
    var steps = new ArrayList<HandoverStep>();
    Set<Object> known = Collections.newSetFromMap(new IdentityHashMap<>());
    for (var to : next) {
      if (concerns(to) && owns(to)) {
        owners.putIfAbsent(Slot.of(to), to); // a successor may take its other name
      } else if (concerns(to) && known.add(to.object())) {
        var from = owners.get(Slot.of(to));
        var gives = from != null && !isIn(next, from) && known.add(from.object());
        steps.add(new HandoverStep(gives ? from : null, to));
      }
    }
    return steps;
  }

  /** Whether one of the links is the same object, under this or another name. */
  @SuppressWarnings("ReferenceEquality") // instances of users may equal each other
  private static boolean isIn(List<Instance> links, Instance link) {
    return links.stream().anyMatch(each -> each.object() == link.object());
  }

  @SuppressWarnings("ReferenceEquality") // instances of users may equal each other
  synchronized boolean owns(Instance instance) {
    return owners.values().stream().anyMatch(owner -> owner.object() == instance.object());
  }

  /** Notes that a link has handed over a state that may own threads. */
  synchronized void leavesThreads(Instance instance) {
    leaving.add(instance.object());
  }

  /** Notes that a link has such a state again. */
  synchronized void keepsThreads(Instance instance) {
    leaving.remove(instance.object());
  }

  /** Gives threads that outlive a link to the owner of what the link has handed over. */
  void closed(Instance instance) {
    @Nullable Instance heir;
    synchronized (this) {
      heir = leaving.remove(instance.object()) ? owners.get(Slot.of(instance)) : null;
    }
    if (heir != null) {
      var from = instance.object().getClass().getClassLoader();
      var to = heir.object().getClass().getClassLoader();
      if (from != null && to != null) {
        HandedThreads.adopt(from, to);
      }
    }
  }

  /** Removes a link that is closed from the owners. */
  @SuppressWarnings("ReferenceEquality")
  synchronized void remove(Instance instance) {
    owners.values().removeIf(owner -> owner.object() == instance.object());
  }

  /** Calls {@code handOver}; without an exception, the link owns nothing any more. */
  Optional<Object> handOver(Instance instance) throws Exception {
    return call(
        instance,
        "handOver",
        link -> {
          var state = link.handOver();
          remove(instance);
          return Objects.requireNonNull(
              state, "handOver() returned null; return Optional.empty() for no state");
        });
  }

  /** Calls {@code takeOver}; the caller decides whether the link is the owner afterwards. */
  void takeOver(Instance instance, Optional<Object> state) throws Exception {
    var unused =
        call(
            instance,
            "takeOver",
            link -> {
              link.takeOver(state);
              return true;
            });
  }

  /** Makes the link the owner. */
  synchronized void took(Instance instance) {
    owners.put(Slot.of(instance), instance);
  }

  /** Makes the link the owner again; returns false if there is another one under its name. */
  @SuppressWarnings("ReferenceEquality")
  synchronized boolean tookBack(Instance instance) {
    var other = owners.putIfAbsent(Slot.of(instance), instance);
    return other == null || other.object() == instance.object();
  }

  @SuppressWarnings("unchecked") // the state was checked against the type of the link
  private <T> T call(Instance instance, String method, Body<T> body) throws Exception {
    begin(instance, method);
    var loader = ContextLoader.of(instance.object());
    var before = loader.enter();
    try {
      return body.call((HandsOver<Object>) instance.object());
    } finally {
      loader.leave(before);
      end(instance);
      var unused = Thread.interrupted(); // the next link must not get it
    }
  }

  /**
   * @throws IllegalStateException if an earlier call of the link has not returned
   */
  private synchronized void begin(Instance instance, String method) {
    var call = calls.get(instance.object());
    if (call != null) {
      throw new IllegalStateException(
          "%s() still runs since %s at %s"
              .formatted(call.method, call.since, InnermostFrame.of(call.thread)));
    }
    var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    calls.put(instance.object(), new Call(method, now, Thread.currentThread()));
  }

  private synchronized void end(Instance instance) {
    calls.remove(instance.object());
  }
}
