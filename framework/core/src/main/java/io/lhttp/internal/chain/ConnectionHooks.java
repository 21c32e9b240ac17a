package io.lhttp.internal.chain;

import io.lhttp.Connection;
import io.lhttp.Filter;
import io.lhttp.internal.measure.Clients;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Calls the links' {@code onOpen}, {@code onReview} and {@code onClose} for connections. The
 * pipeline owns it; it is immutable, and all threads may use it.
 */
public final class ConnectionHooks {
  private final int generation;
  private final List<FilterLink> filters;
  private final Map<String, ProcessorLink> processors;
  private final Clients clients;
  private final boolean watchesOpen;
  private final boolean watchesClose;
  private final boolean reviews;

  ConnectionHooks(
      int generation,
      List<FilterLink> filters,
      Map<String, ProcessorLink> processors,
      Clients clients) {
    this.generation = generation;
    this.filters = filters;
    this.processors = processors;
    this.clients = clients;
    this.watchesOpen = anyOverrides("onOpen");
    this.watchesClose = anyOverrides("onClose");
    this.reviews = anyOverrides("onReview");
  }

  /** Whether a filter has {@code onOpen}: then {@link #open} may block. */
  public boolean watchesOpen() {
    return watchesOpen;
  }

  /**
   * Calls the filters' {@code onOpen} for a new connection.
   *
   * @return false if a filter failed: the caller closes the connection
   */
  public boolean open(Connection connection) {
    for (var link : filters) {
      if (!link.open(connection, generation)) {
        clients.count(connection, link.bit);
        return false;
      }
    }
    return true;
  }

  /** The filters with {@code onReview}, in order. */
  public List<Filter> reviewers() {
    return filters.stream()
        .filter(link -> overrides(link, "onReview"))
        .map(link -> link.filter)
        .toList();
  }

  /** Whether a filter has {@code onReview}: then {@link #review} may block. */
  public boolean reviews() {
    return reviews;
  }

  /**
   * Calls the filters' {@code onReview} for an open connection. Throws nothing.
   *
   * @return the pause before the next review; empty if all filters have decided
   */
  public Optional<Duration> review(Connection connection) {
    Optional<Duration> again = Optional.empty();
    for (var link : filters) {
      var wanted = link.review(connection, generation);
      if (again.isEmpty() || (wanted.isPresent() && wanted.get().compareTo(again.get()) < 0)) {
        again = wanted;
      }
    }
    return again;
  }

  /** Whether a link has {@code onClose} for this connection: then {@link #close} may block. */
  public boolean watchesCloseOf(Connection connection) {
    return watchesClose || connection.attributes().get(ProcessorLink.OPENED).isPresent();
  }

  /**
   * Calls {@code onClose} of the processors that the connection has used, and then of the filters.
   */
  public void close(Connection connection) {
    connection
        .attributes()
        .get(ProcessorLink.OPENED)
        .ifPresent(commands -> {
          for (var command : commands) {
            var processor = processors.get(command);
            if (processor != null) {
              processor.close(connection, generation);
            }
          }
        });
    for (var link : filters) {
      link.close(connection, generation);
    }
  }

  private boolean anyOverrides(String method) {
    return filters.stream().anyMatch(link -> overrides(link, method));
  }

  private static boolean overrides(FilterLink link, String method) {
    return Overrides.of(link.filter, Filter.class, method, Connection.class);
  }
}
