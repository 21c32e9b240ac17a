package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.Filter;
import io.lhttp.internal.chain.FilterHooks.Part;
import io.lhttp.internal.chain.FilterHooks.Stage;
import io.lhttp.internal.measure.Clients;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Calls the links' methods of a connection's life: {@code onOpen} and {@code onClose}, {@code
 * onJoin} and {@code onLeave} after a reload, {@code onReview}. The pipeline owns it, and all
 * threads may use it.
 *
 * <p>The caller calls the methods for one connection one after the other, and between two of its
 * messages.
 */
public final class ConnectionHooks {
  /** Calls a method of a link for an open connection: directly, or with a limit of time. */
  @FunctionalInterface
  interface HookCaller {
    /** Returns false if the method failed, or hangs. */
    boolean call(HookMethod method, Connection connection);
  }

  private final int generation;
  private final List<FilterHooks> filters;
  private final List<ProcessorHooks> processors;
  private final Clients clients;

  /** The participants of a connection that was opened with this chain. */
  private final Participants opened;

  private final boolean watchesOpen;
  private final boolean closesAnyway;
  private final boolean reviews;
  private final LongAdder failedJoins = new LongAdder();

  ConnectionHooks(
      int generation,
      List<FilterLink> filters,
      Collection<ProcessorLink> processors,
      Clients clients) {
    this.generation = generation;
    this.filters = filters.stream().map(link -> link.hooks).toList();
    this.processors =
        processors.stream().map(link -> link.hooks).filter(ProcessorHooks::takesPart).toList();
    this.clients = clients;
    this.opened = openedUpTo(this.filters.size());
    this.watchesOpen = any(link -> link.opens);
    this.closesAnyway = any(FilterHooks::closesAnyway);
    this.reviews = any(link -> link.reviews);
  }

  private boolean any(Predicate<FilterHooks> property) {
    return filters.stream().anyMatch(property);
  }

  /**
   * Returns the participants of a connection that was opened only for this number of filters, the
   * first ones of the chain.
   */
  private Participants openedUpTo(int count) {
    var parts =
        filters.stream()
            .limit(count)
            .filter(FilterHooks::takesPart)
            .map(FilterHooks::opened)
            .toList();
    return parts.isEmpty() ? Participants.NONE : new Participants(parts, List.of());
  }

  /** Whether a filter has {@code onOpen}: then {@link #open} may block. */
  public boolean watchesOpen() {
    return watchesOpen;
  }

  /**
   * Calls the filters' {@code onOpen} for a new connection. Once a filter has failed, the filters
   * behind it are not called, and the connection never began for it and for them.
   *
   * @return false if a filter failed: the caller closes the connection
   */
  public boolean open(Connection connection) {
    for (var i = 0; i < filters.size(); i++) {
      var link = filters.get(i);
      if (link.opens && !link.open(connection, generation)) {
        clients.count(connection, link.bit);
        openedUpTo(i).keep(connection);
        return false;
      }
    }
    if (!opened.filters.isEmpty()) {
      opened.keep(connection);
    }
    return true;
  }

  /**
   * Whether a filter takes part in connections, so that each connection has to know the filters of
   * the running chain.
   */
  public boolean takePart() {
    return !opened.filters.isEmpty();
  }

  /**
   * Whether connections that were opened with an older chain may have a link that is not in this
   * one, or have to join a filter.
   */
  public boolean concerns(ConnectionHooks older) {
    var old = new ArrayList<>(older.filters);
    for (var link : filters) {
      if (!takeFrom(old, link.filter) && link.joins) {
        return true;
      }
    }
    return old.stream().anyMatch(FilterHooks::takesPart)
        || older.processors.stream().anyMatch(link -> processors.stream().noneMatch(link::same));
  }

  /**
   * Returns whether {@link #update} has nothing to call for an open connection, and notes the links
   * of this chain then. Returns at once.
   */
  public boolean upToDate(Connection connection) {
    var known = Participants.of(connection);
    if (opened.equals(known)) {
      return true;
    }
    var change = new Change(known);
    if (change.calls()) {
      return false;
    }
    change.kept().keep(connection);
    return true;
  }

  /** As {@link #update(Connection, HookCalls, Consumer)}, on the calling thread. */
  public boolean update(Connection connection) {
    return update(connection, direct());
  }

  /**
   * Brings an open connection from an older chain to this one: {@code onLeave} of the links that
   * left, then {@code onJoin} of the filters that are new to it. May block, but does not wait for a
   * call that hangs. Once a filter has failed, the filters behind it do not join.
   *
   * @param runsOn gets the thread that acts for the connection, which is the calling one at last
   * @return false if a filter failed, or hangs in {@code onJoin}: the caller closes the connection
   */
  public boolean update(Connection connection, HookCalls calls, Consumer<Thread> runsOn) {
    return update(connection, timed(calls, runsOn));
  }

  private HookCaller direct() {
    return (method, connection) -> method.call(connection, generation);
  }

  private HookCaller timed(HookCalls calls, Consumer<Thread> runsOn) {
    return (method, connection) -> calls.run(method, connection, generation, runsOn);
  }

  private boolean update(Connection connection, HookCaller caller) {
    var change = new Change(Participants.of(connection));
    change
        .kept()
        .keep(connection); // before the calls, so that a failure can't make a link leave twice
    for (var processor : change.closing) {
      if (processor.leaves()) {
        processor.leave(caller, connection);
      }
    }
    for (var part : change.leaving) {
      if (part.leaves()) {
        part.hooks().leave(caller, connection);
      }
    }
    var joined = joinAll(caller, connection, change);
    change.kept().keep(connection);
    return joined;
  }

  private boolean joinAll(HookCaller caller, Connection connection, Change change) {
    for (var i = 0; i < filters.size(); i++) {
      var link = filters.get(i);
      if (change.parts.get(i).unknown() && link.joins) {
        if (!link.join(caller, connection)) {
          clients.count(connection, link.bit);
          failedJoins.increment();
          return false;
        }
        change.parts.set(i, link.part(Stage.BEGUN));
      }
    }
    return true;
  }

  /** The number of connections that were closed because {@code onJoin} failed. */
  public long failedJoins() {
    return failedJoins.sum();
  }

  /** Whether connections of an older chain need a review: other filters have {@code onReview}. */
  @SuppressWarnings("ReferenceEquality") // two filters that are equal may have other options
  public boolean reviewsAfter(ConnectionHooks older) {
    var old = older.reviewers();
    var now = reviewers();
    if (old.size() != now.size()) {
      return true;
    }
    for (var i = 0; i < old.size(); i++) {
      if (old.get(i) != now.get(i)) {
        return true;
      }
    }
    return false;
  }

  /** The filters with {@code onReview}, in order. */
  private List<Filter> reviewers() {
    return filters.stream().filter(link -> link.reviews).map(link -> link.filter).toList();
  }

  /** Whether a filter has {@code onReview}: then {@link #review} may block. */
  public boolean reviews() {
    return reviews;
  }

  /** As {@link #review(Connection, HookCalls)}, on the calling thread. */
  public Optional<Duration> review(Connection connection) {
    return review(connection, direct());
  }

  /**
   * Calls the filters' {@code onReview} for an open connection. A filter that hangs counts as one
   * that fails: the connection is closed. Throws nothing.
   *
   * @return the pause before the next review; empty if all filters have decided
   */
  public Optional<Duration> review(Connection connection, HookCalls calls) {
    return review(connection, timed(calls, unused -> {}));
  }

  private Optional<Duration> review(Connection connection, HookCaller caller) {
    Optional<Duration> again = Optional.empty();
    for (var link : filters) {
      if (link.reviews) {
        var wanted = link.review(caller, connection);
        if (again.isEmpty() || (wanted.isPresent() && wanted.get().compareTo(again.get()) < 0)) {
          again = wanted;
        }
      }
    }
    return again;
  }

  /** Whether a link has {@code onClose} for this connection: then {@link #close} may block. */
  public boolean watchesCloseOf(Connection connection) {
    return closesAnyway || Participants.of(connection).closes();
  }

  /** Whether a filter has {@code onClose} for all connections. */
  public boolean watchesEachClose() {
    return closesAnyway;
  }

  /**
   * Calls {@code onClose} for a connection that has ended: of the processors that it has used, of
   * filters that have left the chain without a call, and of the filters in their order.
   */
  public void close(Connection connection) {
    var known = Participants.of(connection);
    var change = new Change(known);
    Participants.NONE.keep(connection);
    for (var processor : known.processors) {
      if (processor.closes()) {
        processor.close(connection, generation);
      }
    }
    for (var part : change.leaving) {
      if (part.closes()) {
        part.hooks().close(connection, generation);
      }
    }
    for (var part : change.parts) {
      if (part.closes()) {
        part.hooks().close(connection, generation);
      }
    }
  }

  /** Removes the filter from the list; returns whether it was there. */
  @SuppressWarnings("ReferenceEquality") // instances of users may equal each other
  private static boolean takeFrom(List<FilterHooks> links, Filter filter) {
    for (var i = 0; i < links.size(); i++) {
      if (links.get(i).filter == filter) {
        links.remove(i);
        return true;
      }
    }
    return false;
  }

  /** The difference between the participants of a connection and this chain. */
  private final class Change {
    /** The part that each filter of this chain takes in the connection. */
    final List<Part> parts = new ArrayList<>(filters.size());

    final List<Part> leaving;
    final List<ProcessorHooks> closing = new ArrayList<>();
    private final List<ProcessorHooks> staying = new ArrayList<>();

    Change(Participants known) {
      leaving = new ArrayList<>(known.filters);
      for (var link : filters) {
        parts.add(link.part(stage(link)));
      }
      for (var processor : known.processors) {
        var here = processors.stream().filter(processor::same).findFirst();
        here.ifPresentOrElse(staying::add, () -> closing.add(processor));
      }
    }

    @SuppressWarnings("ReferenceEquality") // instances of users may equal each other
    private Stage stage(FilterHooks link) {
      for (var i = 0; i < leaving.size(); i++) {
        if (leaving.get(i).hooks().filter == link.filter) {
          return leaving.remove(i).stage();
        }
      }
      return link.begins() ? Stage.UNKNOWN : Stage.PRESENT;
    }

    /** Whether a link has to be called for this change. */
    boolean calls() {
      return parts.stream().anyMatch(part -> part.unknown() && part.hooks().joins)
          || leaving.stream().anyMatch(Part::leaves)
          || closing.stream().anyMatch(ProcessorHooks::leaves);
    }

    /** The participants of this chain. */
    Participants kept() {
      var kept =
          parts.stream().filter(part -> !part.unknown() && part.hooks().takesPart()).toList();
      return staying.isEmpty() && kept.equals(opened.filters)
          ? opened
          : new Participants(kept, List.copyOf(staying));
    }
  }
}
