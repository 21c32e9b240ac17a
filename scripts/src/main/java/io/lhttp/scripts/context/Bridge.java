package io.lhttp.scripts.context;

import io.lhttp.control.Actor;
import io.lhttp.message.Message;
import io.lhttp.scripts.Initiator;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.scripts.control.Operation;
import io.lhttp.scripts.control.OperationResult;
import io.lhttp.scripts.fetch.FetchResult;
import io.lhttp.scripts.fetch.Request;
import io.lhttp.scripts.testing.ManualTime;
import io.lhttp.scripts.text.JsonText;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.UUID;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * The functions of the host that a script reaches by its globals, such as timers and {@code
 * shared}. One for each context; the script thread uses it.
 */
public final class Bridge {
  private static final int MAX_LOG_LENGTH = 4_096;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ScriptHost host;
  private final Timers timers;
  private final Later later;
  private final SideEffects effects;

  /** Runs code of the script that continues after its call has ended. */
  public interface Later {
    /** Returns the call that runs, or that started the running code; null for none. */
    @Nullable Initiator initiator();

    /** Passes the result of a {@code fetch} to the script. Any thread may call it. */
    void fetched(FetchResult result, @Nullable Initiator initiator);

    /** Passes the result of an operation to the script. Any thread may call it. */
    void operated(OperationResult result, @Nullable Initiator initiator);

    /** The name of the script's file, for the audit log. */
    String file();
  }

  /**
   * The entry that {@code shared.update} has read. The script passes it back with the new value.
   */
  public static final class Seen {
    private final SharedStore.Seen seen;

    private Seen(SharedStore.Seen seen) {
      this.seen = seen;
    }

    @HostAccess.Export
    public @Nullable Object value() {
      return seen.value();
    }
  }

  public Bridge(ScriptHost host, SideEffects effects, Timers timers, Later later) {
    this.later = later;
    this.host = host;
    this.timers = timers;
    this.effects = effects;
  }

  @HostAccess.Export
  public void log(String level, String text) {
    var line = text.length() > MAX_LOG_LENGTH ? text.substring(0, MAX_LOG_LENGTH) + "..." : text;
    var log = effects.log();
    switch (level) {
      case "debug" -> log.debug("{}", line);
      case "warn" -> log.warn("{}", line);
      case "error" -> log.error("{}", line);
      default -> log.info("{}", line);
    }
  }

  @HostAccess.Export
  public void timer(int id, double millis, boolean again) {
    if (effects.real()) {
      timers.set(id, millis, again, later.initiator());
    }
  }

  @HostAccess.Export
  public void clear(int id) {
    timers.clear(id);
  }

  /** The most characters of a string, and the most bytes of a buffer, that one call may create. */
  @HostAccess.Export
  public int maxLength() {
    return host.limits.textLength();
  }

  @HostAccess.Export
  public Request request(String method, String url, double timeoutMillis) {
    if (!effects.real()) {
      throw new IllegalStateException("a warm-up fetches nothing");
    }
    var initiator = later.initiator();
    return host.fetcher.request(
        method,
        url,
        timeoutMillis,
        Initiator.client(initiator),
        result -> later.fetched(result, initiator));
  }

  /** Creates an operation of {@code ctx.server}, which {@link Operation#start} starts. */
  @HostAccess.Export
  public Operation operation(String method, String arguments) {
    if (!effects.real()) {
      throw new IllegalStateException("a warm-up changes nothing");
    }
    var initiator = later.initiator();
    return new Operation(
        host.operations,
        Initiator.client(initiator),
        new Actor(Actor.Kind.SCRIPT, later.file()),
        method,
        arguments,
        result -> later.operated(result, initiator));
  }

  /** Creates a draft of the message that an operation publishes. */
  @HostAccess.Export
  public Draft operationMessage(Operation operation, String command) {
    return Draft.of(Message.builder(command), host.limits.bodyBytes(), operation::message);
  }

  /** Whether {@code Date} in scripts shows the time of {@link #now}. */
  @HostAccess.Export
  public boolean manualTime() {
    return host.time instanceof ManualTime;
  }

  @HostAccess.Export
  public double now() {
    return host.time.millis();
  }

  /** Returns cryptographically random bytes. */
  @HostAccess.Export
  public ByteBuffer random(int count) {
    var bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  @HostAccess.Export
  public String uuid() {
    return UUID.randomUUID().toString();
  }

  @HostAccess.Export
  public @Nullable Object sharedGet(String key) {
    return effects.shared().get(key);
  }

  @HostAccess.Export
  public void sharedSet(String key, Value value, double ttlSeconds) {
    effects
        .shared()
        .set(key, value.isNull() ? null : AttributeValues.plain(value), ttl(ttlSeconds));
  }

  @HostAccess.Export
  public void sharedSetJson(String key, String json, double ttlSeconds) {
    effects.shared().set(key, new JsonText(json), ttl(ttlSeconds));
  }

  /** Returns the current entry, for {@link #sharedReplace} and {@link #sharedReplaceJson}. */
  @HostAccess.Export
  public Seen sharedSee(String key) {
    return new Seen(effects.shared().see(key));
  }

  @HostAccess.Export
  public boolean sharedReplace(String key, Seen seen, Value value) {
    var plain = value.isNull() ? null : AttributeValues.plain(value);
    return effects.shared().replace(key, seen.seen, plain);
  }

  @HostAccess.Export
  public boolean sharedReplaceJson(String key, Seen seen, String json) {
    return effects.shared().replace(key, seen.seen, new JsonText(json));
  }

  @HostAccess.Export
  public double sharedIncrement(String key, double by, double ttlSeconds) {
    return effects.shared().increment(key, by, ttl(ttlSeconds));
  }

  private static Duration ttl(double seconds) {
    return seconds > 0 ? Duration.ofMillis((long) Math.ceil(seconds * 1_000)) : Duration.ZERO;
  }
}
