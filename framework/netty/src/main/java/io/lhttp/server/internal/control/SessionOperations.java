package io.lhttp.server.internal.control;

import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.channel.ChannelName;
import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.control.Channels;
import io.lhttp.control.Connections;
import io.lhttp.control.Members;
import io.lhttp.control.Refresh;
import io.lhttp.control.RefreshedLogin;
import io.lhttp.control.Target;
import io.lhttp.internal.control.Answer;
import io.lhttp.internal.control.LocalOperations;
import io.lhttp.internal.control.Request;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocations;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The operations on this server's connections. Searches run on a virtual thread, actions on the
 * connections' event loops. The server owns it.
 */
public final class SessionOperations implements LocalOperations {
  private static final CloseStatus ENDED = CloseStatus.UNAUTHENTICATED.because("token expired");

  private final ServerContext server;
  private final String name;
  private final RevocationSweep sweep;
  private final long started = System.nanoTime();

  /**
   * @param name this server's name
   */
  public SessionOperations(ServerContext server, String name, RevocationSweep sweep) {
    this.server = server;
    this.name = name;
    this.sweep = sweep;
  }

  @Override
  public Revocations revocations() {
    return server.revocations();
  }

  @Override
  public Executor threads() {
    return task -> {
      try {
        server.threads().execute(task);
      } catch (RejectedExecutionException e) {
        task.run(); // the server is closed, and its event loops have ended
      }
    };
  }

  @Override
  @SuppressWarnings("unchecked") // each request's answer has the request's type
  public <A extends Answer> CompletionStage<A> perform(Request<A> request) {
    return (CompletionStage<A>)
        switch (request) {
          case Request.Subscribe of -> subscribe(of);
          case Request.Unsubscribe of ->
              change(of.target(), session -> of.channels().forEach(session::endSubscription));
          case Request.Disconnect of -> change(of.target(), session -> session.close(of.status()));
          case Request.RefreshLogins of ->
              change(of.target(), session -> refresh(session, of.refresh()));
          case Request.Enforce of -> sweep.enforced(of.key(), of.revision());
          case Request.ListMembers of -> search(() -> members(of));
          case Request.ListChannels of -> search(() -> channels(of));
          case Request.ListConnections of -> search(() -> connections(of));
          case Request.Describe() -> search(this::describe);
        };
  }

  private CompletionStage<Answer.Counts> subscribe(Request.Subscribe of) {
    return change(of.target(), session -> session.subscribeByServer(of.channels(), of.history()));
  }

  private static void refresh(Session session, Refresh refresh) {
    var user = session.principal();
    if (user.anonymous()) {
      throw new RefusedException(401, "not logged in");
    }
    var before = session.attributes().get(RefreshedLogin.KEY);
    var deadline =
        refresh.expires().map(at -> session.closeAfter(Duration.between(Instant.now(), at), ENDED));
    session
        .attributes()
        .set(
            RefreshedLogin.KEY,
            new RefreshedLogin(
                refresh.claims().or(() -> before.flatMap(RefreshedLogin::claims)),
                refresh.expires().or(() -> before.flatMap(RefreshedLogin::expires)),
                deadline.or(() -> before.flatMap(RefreshedLogin::deadline))));
    if (deadline.isPresent()) {
      before.flatMap(RefreshedLogin::deadline).ifPresent(Connection.Deadline::cancel);
    }
    refresh.claims().ifPresent(claims -> session.authenticate(new Principal(user.name(), claims)));
    session.review();
  }

  private CompletionStage<Answer.Counts> change(Target target, SessionRound.Action action) {
    return search(() -> SessionRound.run(candidates(target), matching(target), action))
        .thenCompose(counts -> counts);
  }

  /** Runs a search on a virtual thread. */
  private <T> CompletionStage<T> search(Supplier<T> search) {
    try {
      return CompletableFuture.supplyAsync(search, server.threads());
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedStage(new RefusedException(503, "the server is closed"));
    }
  }

  private Collection<Session> candidates(Target target) {
    return target instanceof Target.Subscribers of && !server.hub().subscribed(of.channel())
        ? List.of()
        : server.sessions();
  }

  private static Predicate<Session> matching(Target target) {
    return switch (target) {
      case Target.User of -> session -> session.principal().name().equals(of.name());
      case Target.OneConnection of -> session -> session.id().equals(of.id());
      case Target.Session of -> session -> sessionOf(session).equals(Optional.of(of.id()));
      case Target.Subscribers of -> session -> session.subscribed(of.channel());
    };
  }

  private static Optional<String> sessionOf(Session session) {
    return session.principal().claims().get(Target.SESSION_CLAIM) instanceof String id
        ? Optional.of(id)
        : Optional.empty();
  }

  private Answer.Members members(Request.ListMembers of) {
    var target = new Target.Subscribers(of.channel());
    var matches = matching(target);
    var users = new TreeMap<String, Long>();
    var matched = 0L;
    var anonymous = 0L;
    for (var session : candidates(target)) {
      if (session.open() && matches.test(session)) {
        matched++;
        if (session.principal().anonymous()) {
          anonymous++;
        } else {
          users.merge(session.principal().name(), 1L, Long::sum);
        }
      }
    }
    var after = users.tailMap(of.after(), false);
    var first =
        after.entrySet().stream()
            .limit(of.limit())
            .map(user -> new Members.Member(user.getKey(), user.getValue()))
            .toList();
    return new Answer.Members(matched, users.size(), anonymous, first, first.size() < after.size());
  }

  private Answer.Channels channels(Request.ListChannels of) {
    var first = new First<String>(of.limit(), Comparator.naturalOrder());
    for (var channel : server.hub().names()) {
      if (channel.compareTo(of.after()) > 0 && ChannelName.fits(of.pattern(), channel)) {
        first.add(channel);
      }
    }
    var listed =
        first.sorted().stream()
            .map(channel -> new Channels.Channel(channel, server.hub().subscribers(channel)))
            .filter(channel -> channel.subscribers() > 0) // else its history is being read
            .toList();
    return new Answer.Channels(listed, first.truncated());
  }

  private Answer.Connections connections(Request.ListConnections of) {
    var matches = of.target().map(SessionOperations::matching).orElse(session -> true);
    var first = new First<Session>(of.limit(), Comparator.comparing(Session::id));
    var matched = 0L;
    for (var session : of.target().map(this::candidates).orElse(server.sessions())) {
      if (session.open() && matches.test(session)) {
        matched++;
        if (session.id().compareTo(of.after()) > 0) {
          first.add(session);
        }
      }
    }
    var listed = first.sorted().stream().map(this::item).toList();
    return new Answer.Connections(matched, listed, first.truncated());
  }

  private Connections.Item item(Session session) {
    var channels = session.subscriptions().channels();
    return new Connections.Item(
        name,
        session.id(),
        session.principal().name(),
        sessionOf(session),
        session.since(),
        address(session),
        channels.stream().sorted().limit(Connections.Item.MAX_CHANNELS).toList(),
        channels.size(),
        session.queuedBytes());
  }

  private static String address(Session session) {
    var remote = session.handshake().remote();
    return remote.getAddress() == null ? "" : remote.getAddress().getHostAddress();
  }

  private Answer.Description describe() {
    var version = SessionOperations.class.getPackage().getImplementationVersion();
    return new Answer.Description(
        version == null ? "" : version,
        Duration.ofMillis((System.nanoTime() - started) / 1_000_000),
        server.counters().connections(),
        server.hub().channels(),
        server.generations().pipeline().generation(),
        server.draining().get());
  }

  @Override
  public CompletionStage<Optional<Position>> publish(String channel, Message message) {
    return server.store(channel, message);
  }

  @Override
  public <T> CompletionStage<T> readHistory(
      String channel, Function<Optional<History>, CompletionStage<T>> read) {
    return server.hub().readHistory(channel, read);
  }

  @Override
  public CompletionStage<Position> resetHistory(String channel) {
    return server.hub().resetHistory(channel);
  }

  /** The first of many values; its memory depends on the limit alone. */
  private static final class First<T> {
    private final int limit;
    private final Comparator<T> order;
    private final PriorityQueue<T> kept;
    private boolean truncated;

    First(int limit, Comparator<T> order) {
      this.limit = limit;
      this.order = order;
      this.kept = new PriorityQueue<>(order.reversed());
    }

    void add(T value) {
      kept.add(value);
      if (kept.size() > limit) {
        kept.remove();
        truncated = true;
      }
    }

    boolean truncated() {
      return truncated;
    }

    List<T> sorted() {
      return kept.stream().sorted(order).toList();
    }
  }
}
