package io.lhttp.internal.control;

import io.lhttp.CloseStatus;
import io.lhttp.HistoryRequest;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.channel.ChannelName;
import io.lhttp.channel.Peers;
import io.lhttp.channel.Position;
import io.lhttp.control.Actor;
import io.lhttp.control.AuditEvent;
import io.lhttp.control.AuditLog;
import io.lhttp.control.Broadcast;
import io.lhttp.control.Changes;
import io.lhttp.control.Channels;
import io.lhttp.control.Connections;
import io.lhttp.control.Control;
import io.lhttp.control.HistoryPage;
import io.lhttp.control.MemberCounts;
import io.lhttp.control.Members;
import io.lhttp.control.Reach;
import io.lhttp.control.Refresh;
import io.lhttp.control.RevocationList;
import io.lhttp.control.Servers;
import io.lhttp.control.Target;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.internal.log.Loggable;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocation;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations on all servers: asks this server and its peers, and merges the answers. The server
 * owns it; all threads may use it.
 */
public final class ClusterControl implements Control {
  /** The most operations that may be under way on behalf of this server's callers. */
  static final int MAX_RUNNING = 256;

  private static final Duration SHORTEST = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** The time that merging the answers may take after the deadline for each server. */
  private static final Duration MARGIN = Duration.ofMillis(200);

  private static final Reach NOBODY = new Reach(List.of(), List.of(), true);
  private static final Logger log = LoggerFactory.getLogger(ClusterControl.class);
  private static final ErrorLog errors = new ErrorLog(log, "an operation");

  /** The parts that all views share. */
  private record Shared(
      String id,
      LocalOperations local,
      AuditLog audit,
      Supplier<Instant> clock,
      AtomicInteger running,
      Optional<Peers> peers) {}

  private final Shared shared;
  private final Actor actor;
  private final Duration deadline;

  /**
   * @param id names this server
   * @param peers the other servers; empty if the broker doesn't know them
   */
  public ClusterControl(String id, LocalOperations local, Optional<Peers> peers) {
    this(
        new Shared(id, local, new AuditLog(), Instant::now, new AtomicInteger(), peers),
        Actor.JAVA,
        DEADLINE);
  }

  /** Joins the other servers, and answers them from now on. */
  public void join() {
    shared.peers.ifPresent(peers -> peers.join(shared.id, new PeerRequests(shared.local)::answer));
  }

  /** Leaves the other servers. */
  public void leave() {
    shared.peers.ifPresent(Peers::leave);
  }

  private ClusterControl(Shared shared, Actor actor, Duration deadline) {
    this.shared = shared;
    this.actor = actor;
    this.deadline = deadline;
  }

  @Override
  public Control as(Actor actor) {
    return new ClusterControl(shared, actor, deadline);
  }

  @Override
  public Control within(Duration deadline) {
    var bounded =
        deadline.compareTo(SHORTEST) < 0
            ? SHORTEST
            : deadline.compareTo(LONGEST) > 0 ? LONGEST : deadline;
    return new ClusterControl(shared, actor, bounded);
  }

  @Override
  public AuditLog audit() {
    return shared.audit;
  }

  @Override
  public CompletionStage<Optional<Position>> publish(String channel, Message message) {
    return audited(
        "publish",
        "channel " + channel,
        () -> {
          ChannelName.require(channel);
          return shared.local.publish(channel, message);
        },
        position -> position.map(p -> "at " + p).orElse("published"),
        position -> here(0));
  }

  @Override
  public CompletionStage<Broadcast> broadcast(List<String> channels, Message message) {
    return audited(
        "broadcast",
        channels.size() + " channels",
        () -> {
          requireSome(channels);
          var results = new LinkedHashMap<String, CompletableFuture<Broadcast.Result>>();
          for (var channel : channels) {
            results.computeIfAbsent(channel, name -> publishOne(name, message));
          }
          return CompletableFuture.allOf(results.values().toArray(CompletableFuture[]::new))
              .thenApply(done -> {
                var all = new LinkedHashMap<String, Broadcast.Result>();
                results.forEach((channel, result) -> all.put(channel, result.join()));
                return new Broadcast(all);
              });
        },
        broadcast -> "%d refused".formatted(broadcast.refused()),
        broadcast -> here(0));
  }

  private CompletableFuture<Broadcast.Result> publishOne(String channel, Message message) {
    CompletionStage<Optional<Position>> position;
    try {
      ChannelName.require(channel);
      position = shared.local.publish(channel, message);
    } catch (RefusedException e) {
      position = CompletableFuture.failedStage(e);
    }
    return position
        .thenApply(p -> new Broadcast.Result(p, Optional.empty()))
        .exceptionally(e -> new Broadcast.Result(Optional.empty(), Optional.of(refusal(e))))
        .toCompletableFuture();
  }

  @Override
  public CompletionStage<Changes> subscribe(
      Target target, List<String> channels, Optional<HistoryRequest> history) {
    return change(
        "subscribe",
        target,
        () -> {
          requireChannels(channels);
          return new Request.Subscribe(target, channels, history);
        });
  }

  @Override
  public CompletionStage<Changes> unsubscribe(Target target, List<String> channels) {
    return change(
        "unsubscribe",
        target,
        () -> {
          requireChannels(channels);
          return new Request.Unsubscribe(target, channels);
        });
  }

  @Override
  public CompletionStage<Changes> disconnect(Target target, CloseStatus status) {
    return change("disconnect", target, () -> new Request.Disconnect(target, status));
  }

  @Override
  public CompletionStage<Changes> refresh(Target target, Refresh refresh) {
    return change("refresh", target, () -> new Request.RefreshLogins(target, refresh));
  }

  @Override
  public CompletionStage<Changes> revoke(Revocation revocation) {
    var block = revocation.kind() == Revocation.Kind.BLOCK;
    var begun = System.nanoTime();
    return audited(
        block ? "block" : "revoke",
        Revoking.inWords(revocation.kind(), revocation.target()),
        () ->
            blocking(() -> shared.local.revocations().add(revocation))
                .thenCompose(
                    revision -> since(begun).enforce(revocation.key(), revision, Merges::changes)),
        changes -> changes.changed() + " connections",
        Changes::reach);
  }

  @Override
  public CompletionStage<Changes> unrevoke(Revocation.Kind kind, String target) {
    var begun = System.nanoTime();
    return audited(
        kind == Revocation.Kind.BLOCK ? "unblock" : "unrevoke",
        Revoking.inWords(kind, target),
        () -> {
          var key = Revoking.key(kind, target);
          return blocking(() -> shared.local.revocations().remove(kind, target))
              .thenCompose(removed ->
                  removed.isPresent()
                      ? since(begun).enforce(key, removed.get(), Revoking::removed)
                      : CompletableFuture.completedStage(new Changes(here(0), 0, List.of())));
        },
        changes -> changes.changed() == 1 ? "removed" : "no such entry",
        Changes::reach);
  }

  @Override
  public CompletionStage<RevocationList> revocations(
      Set<Revocation.Kind> kinds, String after, int limit) {
    return audited(
        kinds.equals(Set.of(Revocation.Kind.BLOCK)) ? "blocked" : "revocations",
        "",
        () -> {
          requireLimit(limit);
          return blocking(() -> Revoking.list(shared.local.revocations(), kinds, after, limit));
        },
        list -> list.entries().size() + " entries",
        list -> here(0));
  }

  /**
   * Returns a view whose deadline is as much shorter as time has passed, so that the answer names
   * the servers that are silent then.
   */
  private ClusterControl since(long begun) {
    var left = deadline.minusNanos(System.nanoTime() - begun);
    return new ClusterControl(shared, actor, left.compareTo(SHORTEST) < 0 ? SHORTEST : left);
  }

  private CompletionStage<Changes> enforce(
      String key, long revision, Merge<Answer.Counts, Changes> merge) {
    return ask(new Request.Enforce(key, revision), merge);
  }

  /** Runs code that blocks, such as a change of a stored list. */
  private <T> CompletionStage<T> blocking(Supplier<T> code) {
    return CompletableFuture.supplyAsync(code, shared.local.threads());
  }

  private CompletionStage<Changes> change(
      String method, Target target, Supplier<Request<Answer.Counts>> request) {
    return audited(
        method,
        target.kind() + " " + target.value(),
        () -> ask(request.get(), Merges::changes),
        changes -> changes.changed() + " connections",
        Changes::reach);
  }

  @Override
  public CompletionStage<Members> presence(String channel, String after, int limit) {
    return audited(
        "presence",
        "channel " + channel,
        () -> {
          ChannelName.require(channel);
          requireLimit(limit);
          return ask(
              new Request.ListMembers(channel, after, limit),
              (reach, answers) -> Merges.members(reach, answers, limit));
        },
        members -> members.members().size() + " members",
        Members::reach);
  }

  @Override
  public CompletionStage<MemberCounts> presenceStats(String channel) {
    return audited(
        "presence-stats",
        "channel " + channel,
        () -> {
          ChannelName.require(channel);
          return ask(new Request.ListMembers(channel, "", MAX_LIMIT), Merges::memberCounts);
        },
        counts -> counts.connections() + " connections",
        MemberCounts::reach);
  }

  @Override
  public CompletionStage<HistoryPage> history(String channel, Optional<Position> since, int limit) {
    return audited(
        "history",
        "channel " + channel,
        () -> {
          ChannelName.require(channel);
          requireLimit(limit);
          return shared.local.readHistory(
              channel,
              found -> {
                var history = found.orElseThrow(() -> withoutHistory(channel));
                return history
                    .reaches(since)
                    .thenApply(reached -> Pages.read(history, since, limit));
              });
        },
        page -> page.entries().size() + " entries",
        page -> here(0));
  }

  @Override
  public CompletionStage<Position> resetHistory(String channel) {
    return audited(
        "history-reset",
        "channel " + channel,
        () -> {
          ChannelName.require(channel);
          return shared.local.resetHistory(channel);
        },
        position -> "at " + position,
        position -> here(0));
  }

  @Override
  public CompletionStage<Channels> channels(String pattern, String after, int limit) {
    return audited(
        "channels",
        "pattern " + pattern,
        () -> {
          requireLimit(limit);
          return ask(
              new Request.ListChannels(pattern, after, limit),
              (reach, answers) -> Merges.channels(reach, answers, limit));
        },
        channels -> channels.channels().size() + " channels",
        Channels::reach);
  }

  @Override
  public CompletionStage<Connections> connections(
      Optional<Target> target, String after, int limit) {
    return audited(
        "connections",
        target.map(t -> t.kind() + " " + t.value()).orElse(""),
        () -> {
          requireLimit(limit);
          return ask(
              new Request.ListConnections(target, after, limit),
              (reach, answers) -> Merges.connections(reach, answers, limit));
        },
        connections -> connections.connections().size() + " connections",
        Connections::reach);
  }

  @Override
  public CompletionStage<Servers> info() {
    return audited(
        "info",
        "",
        () ->
            ask(
                new Request.Describe(),
                (reach, answers) -> Merges.servers(reach, answers, shared.id)),
        servers -> servers.servers().size() + " servers",
        Servers::reach);
  }

  /** Merges the answers, by server id. */
  @FunctionalInterface
  private interface Merge<A extends Answer, R> {
    R merge(Reach reach, Map<String, A> answers);
  }

  private <A extends Answer, R> CompletionStage<R> ask(Request<A> request, Merge<A, R> merge) {
    var others = askOthers(request); // first, because it refuses a request that is too long
    var here =
        shared
            .local
            .perform(request)
            .toCompletableFuture()
            .thenApply(Optional::of)
            .completeOnTimeout(Optional.empty(), deadline.toNanos(), TimeUnit.NANOSECONDS);
    return here.thenCombineAsync(
        others,
        (own, answers) -> {
          var byServer = new TreeMap<String, A>();
          var silent = new ArrayList<>(answers.silent());
          own.ifPresentOrElse(a -> byServer.put(shared.id, a), () -> silent.add(shared.id));
          answers
              .byServer()
              .forEach((server, json) -> read(request, server, json, byServer, silent));
          return merge.merge(reach(byServer, silent, answers.complete()), byServer);
        },
        shared.local.threads());
  }

  private CompletionStage<Peers.Answers> askOthers(Request<?> request) {
    return shared.peers.isEmpty()
        ? CompletableFuture.completedStage(Peers.Answers.none(/* complete= */ false))
        : shared.peers.get().ask(RequestJson.write(request), deadline);
  }

  /** Reads the answer of another server. One that can't be read counts as none. */
  private <A extends Answer> void read(
      Request<A> request,
      String server,
      String json,
      Map<String, A> byServer,
      List<String> silent) {
    try {
      byServer.put(server, AnswerJson.read(request, json, server));
    } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
      log.debug("the answer of another server can't be read, server={}", server, e);
      silent.add(server);
    }
  }

  private Reach reach(
      Map<String, ? extends Answer> answers, List<String> silent, boolean allKnown) {
    var servers =
        answers.entrySet().stream()
            .map(entry -> new Reach.Server(entry.getKey(), entry.getValue().matched()))
            .toList();
    var since = new HashMap<String, Duration>();
    if (!silent.isEmpty()) {
      since.putAll(shared.peers.map(Peers::sinceHeard).orElse(Map.of()));
      since.keySet().retainAll(silent);
    }
    return new Reach(servers, silent, allKnown, since);
  }

  private Reach here(long connections) {
    return new Reach(List.of(new Reach.Server(shared.id, connections)), List.of(), true);
  }

  /** Runs one call within the bound of calls, and records its result. */
  private <R> CompletionStage<R> audited(
      String method,
      String target,
      Supplier<CompletionStage<R>> call,
      Function<R, String> result,
      Function<R, Reach> reach) {
    if (shared.running.incrementAndGet() > MAX_RUNNING) {
      shared.running.decrementAndGet();
      var busy = Outcome.refused(503, "too many operations run").retryAfter(Duration.ofSeconds(1));
      record(method, target, text(busy), NOBODY);
      return CompletableFuture.failedStage(new RefusedException(busy));
    }
    CompletionStage<R> running;
    try {
      running = call.get();
    } catch (RuntimeException e) {
      running = CompletableFuture.failedStage(e);
    }
    return running
        .toCompletableFuture()
        .copy()
        .orTimeout(deadline.plus(MARGIN).toNanos(), TimeUnit.NANOSECONDS)
        .handleAsync(
            (value, failure) -> {
              shared.running.decrementAndGet();
              if (failure != null) {
                var refusal = refusal(failure);
                record(method, target, text(refusal), NOBODY);
                throw new CompletionException(new RefusedException(refusal));
              }
              record(method, target, result.apply(value), reach.apply(value));
              return value;
            },
            shared.local.threads());
  }

  private void record(String method, String target, String result, Reach reach) {
    shared.audit.add(
        new AuditEvent(
            shared.clock.get(),
            actor,
            method,
            target,
            result,
            reach.servers().stream().map(Reach.Server::id).toList(),
            reach.silent()));
  }

  private static String text(Outcome.Refused refusal) {
    return refusal.status() + " " + refusal.reason();
  }

  /** Returns the refusal of a failure; any other failure than a refusal is the server's own. */
  private static Outcome.Refused refusal(Throwable failure) {
    var cause = Loggable.ofStage(failure);
    return switch (cause) {
      case RefusedException refused -> refused.refusal();
      case TimeoutException e ->
          Outcome.refused(503, "no result before the deadline, it may still come")
              .retryAfter(Duration.ofSeconds(1));
      case IllegalArgumentException e -> Outcome.refused(400, String.valueOf(e.getMessage()));
      default -> {
        errors.add(cause);
        yield Outcome.refused(500, "the operation failed");
      }
    };
  }

  private static RefusedException withoutHistory(String channel) {
    return new RefusedException(409, "the channel " + channel + " has no history");
  }

  private static void requireChannels(List<String> channels) {
    requireSome(channels);
    channels.forEach(ChannelName::require);
  }

  private static void requireSome(List<String> channels) {
    if (channels.isEmpty() || channels.size() > MAX_LIMIT) {
      throw new RefusedException(
          400, "expected 1 to %d channels, not %d".formatted(MAX_LIMIT, channels.size()));
    }
  }

  private static void requireLimit(int limit) {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new RefusedException(
          400, "expected a limit of 1 to %d, not %d".formatted(MAX_LIMIT, limit));
    }
  }
}
