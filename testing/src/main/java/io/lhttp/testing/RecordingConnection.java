package io.lhttp.testing;

import io.lhttp.Attributes;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.ConnectionExecutor;
import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.SubscriptionAccount;
import io.lhttp.SubscriptionRequest;
import io.lhttp.Subscriptions;
import io.lhttp.channel.ChannelName;
import io.lhttp.message.Message;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A connection without a socket. It records the calls that filters and processors make. All threads
 * may use it.
 */
public final class RecordingConnection implements Connection, Subscriptions {
  private final String id;
  private final Handshake handshake;
  private final ConnectionExecutor home;
  private final boolean single;
  private final boolean proxied;
  private final Attributes attributes = new Attributes();

  // The fields from here on are guarded by this object's lock.
  private final List<Message> sent = new ArrayList<>();
  private final Set<String> channels = new LinkedHashSet<>();
  private final Set<String> asked = new HashSet<>();
  private final Set<SubscriptionAccount> accounts = new LinkedHashSet<>();
  private Principal principal = Principal.ANONYMOUS;
  private Optional<CloseStatus> closed = Optional.empty();
  private final List<Recorded> deadlines = new ArrayList<>();
  private Duration elapsed = Duration.ZERO;

  /** Creates a connection from the loopback address, with an empty handshake for {@code /}. */
  public RecordingConnection(String id) {
    this(
        id,
        new Handshake(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 49_152), "/", Map.of()));
  }

  /** Creates a connection that runs its tasks on the caller's thread, one at a time. */
  public RecordingConnection(String id, Handshake handshake) {
    this(id, handshake, CallersExecutor.SHARED);
  }

  public RecordingConnection(String id, Handshake handshake, ConnectionExecutor home) {
    this(id, handshake, home, false, false);
  }

  private RecordingConnection(
      String id, Handshake handshake, ConnectionExecutor home, boolean single, boolean proxied) {
    this.id = id;
    this.handshake = handshake;
    this.home = home;
    this.single = single;
    this.proxied = proxied;
  }

  /**
   * Creates a connection that stands for a single message, as the server does for {@code POST
   * /publish}.
   */
  public static RecordingConnection single(String id, Handshake handshake) {
    return new RecordingConnection(id, handshake, CallersExecutor.SHARED, true, false);
  }

  /** Creates a connection whose handshake a trusted proxy has sent. */
  public static RecordingConnection proxied(String id, Handshake handshake) {
    return new RecordingConnection(id, handshake, CallersExecutor.SHARED, false, true);
  }

  @Override
  public boolean fromTrustedProxy() {
    return proxied;
  }

  @Override
  public boolean single() {
    return single;
  }

  /** Returns all sent messages, in order. */
  public synchronized List<Message> sent() {
    return List.copyOf(sent);
  }

  /** Returns the messages sent since the last call. */
  public synchronized List<Message> takeSent() {
    var taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  /**
   * Returns the status with which a filter or processor has closed the connection; empty while it
   * is open.
   */
  public synchronized Optional<CloseStatus> closed() {
    return closed;
  }

  /**
   * Returns the channels that the connection is subscribed to, in the order of the subscriptions.
   */
  @Override
  public synchronized Set<String> channels() {
    return new LinkedHashSet<>(channels);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Handshake handshake() {
    return handshake;
  }

  @Override
  public ConnectionExecutor executor() {
    return home;
  }

  @Override
  public synchronized Principal principal() {
    return principal;
  }

  @Override
  public synchronized void authenticate(Principal principal) {
    this.principal = principal;
  }

  @Override
  public Attributes attributes() {
    return attributes;
  }

  @Override
  public synchronized void send(Message message) {
    if (closed.isEmpty()) {
      sent.add(message);
    }
  }

  @Override
  public synchronized void close(CloseStatus code) {
    if (closed.isEmpty()) {
      closed = Optional.of(code);
      accounts.forEach(account -> account.giveBack(channels.size()));
      accounts.clear();
      channels.clear();
    }
  }

  /** Records a deadline. Only {@link #elapse} lets it pass. */
  @Override
  public synchronized Deadline closeAfter(Duration delay, CloseStatus code) {
    var deadline = new Recorded(elapsed.plus(delay), code);
    deadlines.add(deadline);
    return () -> cancel(deadline);
  }

  /** Advances the time. The first deadline that passes closes the connection. */
  public synchronized void elapse(Duration time) {
    elapsed = elapsed.plus(time);
    deadlines.stream()
        .filter(deadline -> deadline.at.compareTo(elapsed) <= 0)
        .min(Comparator.comparing(deadline -> deadline.at))
        .ifPresent(deadline -> close(deadline.code));
  }

  private synchronized void cancel(Recorded deadline) {
    deadlines.remove(deadline);
  }

  @Override
  public synchronized boolean open() {
    return closed.isEmpty();
  }

  @Override
  public Subscriptions subscriptions() {
    return this;
  }

  /** Subscribes. A history request gets no subscription reply here. */
  @Override
  public synchronized void subscribe(SubscriptionRequest request) {
    request.channels().forEach(ChannelName::require);
    take(request);
    var fromClient = request.asked();
    for (var channel : request.channels()) {
      if (!fromClient.contains(channel)) {
        asked.remove(channel);
      } else if (!channels.contains(channel)) {
        asked.add(channel);
      }
    }
    if (closed.isEmpty()) {
      channels.addAll(request.channels());
    }
  }

  /** Takes the new subscriptions of all accounts, or of none if one refuses. */
  private void take(SubscriptionRequest request) {
    var fresh = new HashSet<>(request.channels());
    fresh.removeAll(channels);
    var taken = new ArrayList<SubscriptionAccount>();
    try {
      for (var account : accounts) {
        account.take(fresh.size());
        taken.add(account);
      }
    } catch (RuntimeException | Error e) {
      taken.forEach(account -> account.giveBack(fresh.size()));
      throw e;
    }
  }

  @Override
  public synchronized void count(SubscriptionAccount account) {
    if (closed.isEmpty() && accounts.add(account)) {
      account.add(channels.size());
    }
  }

  @Override
  public synchronized void uncount(SubscriptionAccount account) {
    if (accounts.remove(account)) {
      account.giveBack(channels.size());
    }
  }

  @Override
  public synchronized Set<String> asked() {
    return channels().stream().filter(asked::contains).collect(Collectors.toSet());
  }

  /** Ends a subscription. The message to the client is recorded among the sent ones. */
  @Override
  public synchronized void revoke(String channel, Outcome.Refused why) {
    if (channels.contains(channel)) {
      unsubscribe(channel);
      send(
          Message.builder("unsubscribed")
              .header("unsubscribed", channel)
              .header("status", Integer.toString(why.status()))
              .header("error", why.reason())
              .build());
    }
  }

  @Override
  public synchronized void unsubscribe(String channel) {
    if (channels.remove(channel)) {
      accounts.forEach(account -> account.giveBack(1));
    }
    asked.remove(channel);
  }

  @Override
  public long queuedBytes() {
    return 0;
  }

  /** A deadline. It is compared by identity, because two deadlines may have the same time. */
  private static final class Recorded {
    /** When the deadline passes, as the sum of all elapsed times. */
    private final Duration at;

    private final CloseStatus code;

    Recorded(Duration at, CloseStatus code) {
      this.at = at;
      this.code = code;
    }
  }
}
