package io.lhttp.nats.internal.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.RefusedException;
import io.lhttp.channel.Peers;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Subjects;
import io.lhttp.nats.internal.peers.PeerMessage.Kind;
import io.lhttp.nats.internal.publish.Subscriptions;
import io.nats.client.impl.Headers;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other servers of one NATS. Each server announces itself every second on one subject, and
 * answers questions there; answers go to a subject of the asking server. {@link
 * io.lhttp.nats.NatsBroker} owns it. Safe for all threads; no method blocks.
 */
public final class NatsPeers implements Peers, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NatsPeers.class);
  private static final ErrorLog errors = new ErrorLog(log, "a message of another server");

  /** The time after a connection in which all servers have announced themselves. */
  private static final Duration SETTLED = PeerTable.ANNOUNCE.multipliedBy(2);

  /** The shortest time between two announcements. */
  private static final Duration PACE = Duration.ofMillis(100);

  private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(60);

  /** The most questions that wait for answers; a further one gets none. */
  private static final int MAX_QUESTIONS = 1_000;

  private static final int QUESTION_BYTES = 16;

  private final NatsLink link;
  private final Subjects subjects;
  private final Subscriptions subscriptions;
  private final Payloads payloads;
  private final PeerTable table = new PeerTable();
  private final Map<String, PendingQuestion> pending = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  /** Announces this server, and ends questions at their deadline. */
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("lhttp-peers").factory());

  /** This server; null before it has joined and after it has left. */
  private volatile @Nullable Member member;

  /** When the connection was established; null without one. */
  private volatile @Nullable Long connectedSince;

  /** When this server last announced itself. Guarded by this object's lock. */
  private @Nullable Long announced;

  /** This server, as the others see it. */
  private record Member(String name, Handler handler, Inbox all, Inbox own) {}

  public NatsPeers(
      NatsLink link, Subjects subjects, Subscriptions subscriptions, Payloads payloads) {
    this.link = link;
    this.subjects = subjects;
    this.subscriptions = subscriptions;
    this.payloads = payloads;
  }

  /** The number of other servers that have announced themselves a moment ago. */
  public int size() {
    return table.known(System.nanoTime()).fresh().size();
  }

  @Override
  public void join(String server, Handler handler) {
    var all = new Inbox(subjects.ofServers(), handler);
    var own = new Inbox(subjects.ofServer(server), handler);
    member = new Member(server, handler, all, own);
    subscriptions.begin(own);
    subscriptions.begin(all);
    if (link.established() != null) {
      connected();
    }
    timer.scheduleAtFixedRate(
        errors.guard(this::announceRegularly),
        PeerTable.ANNOUNCE.toMillis(),
        PeerTable.ANNOUNCE.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** Called when the connection to NATS is established and its subscriptions are restored. */
  public void connected() {
    var now = System.nanoTime();
    table.trust(now);
    connectedSince = now;
    announce(Kind.HELLO);
  }

  /** Called when the connection to NATS is lost. */
  public void disconnected() {
    connectedSince = null;
  }

  @Override
  public CompletionStage<Answers> ask(String text, Duration deadline) {
    if (text.getBytes(UTF_8).length > MAX_BYTES) {
      throw new RefusedException(
          413, "an operation on all servers has at most %d bytes".formatted(MAX_BYTES));
    }
    var now = System.nanoTime();
    var known = table.known(now);
    var from = member;
    if (from == null || link.established() == null || pending.size() >= MAX_QUESTIONS) {
      var nobody = new PendingQuestion(known.fresh(), known.stale(), false);
      nobody.end();
      return nobody.result();
    }
    if (known.fresh().isEmpty()) {
      var nobody = new PendingQuestion(known.fresh(), known.stale(), complete(now));
      nobody.end();
      return nobody.result();
    }
    return ask(
        from, text, deadline, new PendingQuestion(known.fresh(), known.stale(), complete(now)));
  }

  private CompletionStage<Answers> ask(
      Member from, String text, Duration deadline, PendingQuestion question) {
    var id = nextId();
    pending.put(id, question);
    try {
      send(subjects.ofServers(), new PeerMessage(Kind.ASK, from.name, id, deadline, text));
      timer.schedule(errors.guard(question::end), deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RefusedException | RejectedExecutionException e) {
      log.debug("the other servers can't be asked", e);
      question.end();
    }
    return question.result().whenComplete((answers, failure) -> pending.remove(id));
  }

  /** Whether all servers that reach NATS had the time to announce themselves. */
  private boolean complete(long now) {
    var since = connectedSince;
    return since != null && now - since > SETTLED.toNanos() && table.complete(now);
  }

  private String nextId() {
    var id = new byte[QUESTION_BYTES];
    random.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  @Override
  public Map<String, Duration> sinceHeard() {
    return table.since(System.nanoTime());
  }

  @Override
  public void leave() {
    synchronized (this) { // no announcement may follow
      var from = member;
      if (from == null) {
        return;
      }
      member = null;
      subscriptions.end(from.all);
      subscriptions.end(from.own);
      sendIfPossible(subjects.ofServers(), PeerMessage.of(Kind.GONE, from.name));
    }
    pending.values().forEach(PendingQuestion::end);
  }

  @Override
  public void close() {
    leave();
    timer.shutdownNow();
  }

  private void announceRegularly() {
    table.forget(System.nanoTime());
    announce(Kind.HERE);
  }

  private synchronized void announce(Kind kind) {
    var from = member;
    if (from != null && link.established() != null) {
      announced = System.nanoTime();
      sendIfPossible(subjects.ofServers(), PeerMessage.of(kind, from.name));
    }
  }

  /** Announces this server because another one asked for it, unless it did so a moment ago. */
  private void announceOnRequest() {
    synchronized (this) {
      var last = announced;
      if (last != null && System.nanoTime() - last < PACE.toNanos()) {
        return; // the next regular announcement comes within a second
      }
    }
    announce(Kind.HERE);
  }

  private void sendIfPossible(String subject, PeerMessage message) {
    try {
      send(subject, message);
    } catch (RefusedException e) {
      log.debug("a message to another server is not sent", e);
    }
  }

  /**
   * Sends a message now.
   *
   * @throws RefusedException if NATS is out of reach or too many bytes wait; the message is not
   *     kept for later
   */
  private void send(String subject, PeerMessage message) {
    var connection = link.established();
    if (connection == null) {
      throw new RefusedException(503, "the broker is out of reach");
    }
    var payload = message.write();
    link.reserve(connection, payload.size() + subject.length(), null);
    try {
      connection.publish(subject, Payloads.headers(payload), payload.toBytes());
    } catch (IllegalArgumentException | IllegalStateException e) {
      log.debug("jnats takes no message", e);
      throw new RefusedException(503, "the broker is out of reach");
    }
  }

  private void receive(PeerMessage message, Handler handler) {
    var to = member;
    if (to == null || message.server().equals(to.name)) {
      return;
    }
    switch (message.kind()) {
      case HERE -> table.heard(message.server(), System.nanoTime());
      case HELLO -> {
        table.heard(message.server(), System.nanoTime());
        announceOnRequest();
      }
      case GONE -> {
        table.gone(message.server());
        pending.values().forEach(question -> question.unanswered(message.server()));
      }
      case ASK -> answer(to, message, handler);
      case ANSWER -> {
        var question = pending.get(message.question());
        if (question != null) {
          question.answered(message.server(), message.text());
        }
      }
      case BUSY -> {
        var question = pending.get(message.question());
        if (question != null) {
          question.unanswered(message.server());
        }
      }
    }
  }

  private void answer(Member to, PeerMessage asked, Handler handler) {
    var patience =
        asked.patience().compareTo(LONGEST_PATIENCE) < 0 ? asked.patience() : LONGEST_PATIENCE;
    CompletionStage<String> answer;
    try {
      answer = handler.answer(asked.text(), patience);
    } catch (RuntimeException | Error e) {
      errors.add(e);
      answer = CompletableFuture.failedStage(e);
    }
    var subject = subjects.ofServer(asked.server());
    answer.whenComplete((text, failure) -> {
      var kind = failure == null ? Kind.ANSWER : Kind.BUSY;
      sendIfPossible(
          subject,
          new PeerMessage(
              kind, to.name, asked.question(), Duration.ZERO, failure == null ? text : ""));
    });
  }

  /** Receives the messages of one subject, on a thread of jnats. */
  private final class Inbox extends Subscriptions.Listener {
    private final Handler handler;

    Inbox(String subject, Handler handler) {
      super(subject);
      this.handler = handler;
    }

    @Override
    public void receive(io.nats.client.Message nats, @Nullable Headers headers) {
      var message = payloads.read(nats.getData(), headers);
      if (message != null) {
        PeerMessage.read(message).ifPresent(read -> NatsPeers.this.receive(read, handler));
      }
    }
  }
}
