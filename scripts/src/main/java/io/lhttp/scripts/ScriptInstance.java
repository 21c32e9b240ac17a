package io.lhttp.scripts;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.scripts.Samples.Sample;
import io.lhttp.scripts.context.Effects;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.text.Json;
import io.lhttp.scripts.threads.LateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A script in its place in the chain: a realm per script thread. Calls come from any thread, and
 * run on the script thread of their connection.
 */
final class ScriptInstance implements AutoCloseable {
  private static final Duration LOAD_AGAIN = Duration.ofSeconds(1);

  private final ScriptHost host;
  private final String name;
  private final Seats seats;
  private final Quarantine quarantine;
  private final Samples samples;
  private final Rehearsing rehearsing;
  private final boolean mayBlock;

  /** By script thread: who waits for the call that runs there. */
  private final AtomicReferenceArray<@Nullable CompletableFuture<Void>> waiting;

  private volatile boolean closed;

  /** Makes a rehearsal of the script that is loaded here. */
  private interface Rehearsing {
    Warming with(List<Sample> last);
  }

  private ScriptInstance(
      ScriptHost host,
      String name,
      Samples samples,
      Seats.Loader loader,
      Rehearsing rehearsing,
      ScriptContext[] realms) {
    this.host = host;
    this.name = name;
    this.samples = samples;
    this.rehearsing = rehearsing;
    this.seats = new Seats(name, i -> listenedTo(loader.load(i)), LOAD_AGAIN, realms);
    this.quarantine = new Quarantine(name, System::nanoTime, seats::calls);
    this.waiting = new AtomicReferenceArray<>(realms.length);
    this.mayBlock = host.ownThreads() || realms[0].async();
    for (var realm : realms) {
      var _ = listenedTo(realm);
    }
  }

  private ScriptContext listenedTo(ScriptContext realm) {
    realm.listener(
        new ScriptContext.Listener() {
          @Override
          public void late(Caller caller) {
            quarantine.late(caller);
          }

          @Override
          public void lost(ScriptContext lost, @Nullable Origin origin) {
            replace(lost, origin);
          }
        });
    return realm;
  }

  /** Loads a script on all script threads. */
  static ScriptInstance load(
      ScriptHost host, Script script, String name, Role role, Map<String, Object> options) {
    host.beforeLoading();
    var realms = new ScriptContext[host.threadCount()];
    var json = Json.write(options);
    var effects = Effects.of(host, script.name());
    Seats.Loader loader =
        i -> new ScriptContext(host, host.limits, script, host.thread(i), json, effects);
    try {
      for (var i = 0; i < realms.length; i++) {
        realms[i] = loader.load(i);
      }
      requireHandlers(script, role, realms[0]);
      var samples = host.samples.of(script.name());
      Rehearsing rehearsing = last -> new Warming(host, script, role, name, json, last);
      var instance = new ScriptInstance(host, name, samples, loader, rehearsing, realms);
      host.warm(instance);
      return instance;
    } catch (RuntimeException | Error e) {
      for (var realm : realms) {
        if (realm != null) {
          realm.close();
        }
      }
      throw e;
    }
  }

  private static void requireHandlers(Script script, Role role, ScriptContext realm) {
    for (var handler : Handler.values()) {
      if (role.required().contains(handler.export) && realm.has(handler)) {
        return;
      }
    }
    throw new ScriptException(
        script.name(),
        "a %s exports %s as a function; this script exports %s"
            .formatted(role.word, String.join(" or ", role.required()), realm.exports()));
  }

  /** A rehearsal with what the script got last. */
  Warming rehearsal() {
    return rehearsing.with(samples.list());
  }

  String name() {
    return name;
  }

  boolean closed() {
    return closed;
  }

  boolean has(Handler handler) {
    return seats.first().has(handler);
  }

  boolean mayBlock() {
    return mayBlock;
  }

  Invocation call(Connection connection, @Nullable Exchange exchange) {
    if (exchange != null) {
      samples.offer(exchange);
    }
    return new Invocation(connection, exchange, host.limits);
  }

  /** Calls a handler that has no message. */
  void run(Handler handler, Connection connection) throws Exception {
    if (has(handler)) {
      var call = call(connection, null);
      try {
        run(handler, call);
      } finally {
        call.end();
      }
    }
  }

  /** Calls a handler and waits for what it promises. */
  void run(Handler handler, Invocation call) throws Exception {
    if (!has(handler)) {
      return;
    }
    if (handler == Handler.ON_CLOSE) {
      quarantine.checkScript(); // whoever is kept away leaves all the same
    } else {
      quarantine.check(call.owner());
    }
    try {
      var home = host.threadOf(call.owner());
      var realm = seats.at(home.index, host.limits.waitTime());
      if (realm.thread().isCurrent()) {
        call(realm, handler, call);
        var promise = call.promise();
        if (promise != null && !promise.isDone()) {
          throw new IllegalStateException(
              "%s of '%s' returned a promise: only an async function may wait"
                  .formatted(handler.export, name));
        }
      } else {
        handOver(realm, handler, call);
      }
      await(realm, handler, call);
    } catch (LateException e) {
      quarantine.late(Caller.of(call.owner()));
      throw e.told instanceof ScriptException told ? detailed(told) : e.told;
    } catch (ScriptException e) {
      throw detailed(e);
    }
  }

  private void call(ScriptContext realm, Handler handler, Invocation call) {
    if (realm.call(handler, call)) {
      quarantine.late(Caller.of(call.owner()));
    }
  }

  /** In development, clients are told; the operator is told in any case. */
  private RuntimeException detailed(ScriptException e) {
    if (!host.errorDetail) {
      return e;
    }
    host.report(name, "message", e);
    return new RefusedException(Outcome.refused(500, e.summary()));
  }

  private void handOver(ScriptContext realm, Handler handler, Invocation call) throws Exception {
    var thread = realm.thread();
    var done = new CompletableFuture<Void>();
    try {
      thread.execute(() -> {
        try {
          waiting.set(thread.index, done);
          call(realm, handler, call);
          done.complete(null);
        } catch (Throwable thrown) {
          done.completeExceptionally(thrown);
        }
      });
    } catch (RejectedExecutionException e) {
      throw new RefusedException(503, "the server is closing or too busy");
    }
    join(realm, handler, done);
  }

  private void await(ScriptContext realm, Handler handler, Invocation call) throws Exception {
    var promise = call.promise();
    if (promise != null) {
      try {
        join(realm, handler, promise);
      } finally {
        call.forgetPromise(); // not before: it is settled by the call
      }
    }
  }

  private void join(ScriptContext realm, Handler handler, CompletableFuture<Void> done)
      throws Exception {
    try {
      host.await(done);
    } catch (ExecutionException e) {
      var cause = e.getCause();
      throw cause instanceof LateException late
          ? late
          : realm.explain(handler, cause == null ? e : cause);
    } catch (TimeoutException e) {
      throw new RefusedException(504, "a script did not answer in time");
    }
  }

  /** From the watchdog: the realm's thread is lost, with the call that it is at. */
  private void replace(ScriptContext lost, @Nullable Origin origin) {
    quarantine.stuck(origin == null ? null : origin.caller());
    seats.replace(lost, quarantine::ended);
    var done = waiting.get(lost.thread().index);
    if (done != null) {
      done.completeExceptionally(lost.endless());
    }
    if (origin != null) {
      var _ = origin.fail(lost.endless());
    }
  }

  /** What the script's clients do to it. */
  List<Metric> metrics() {
    return List.of(
        Metric.counter(
            "script_late", "Calls of the script that took too long.", quarantine.lateCalls()),
        Metric.counter(
            "script_refused",
            "Calls that were refused to clients for which the script was too slow.",
            quarantine.refusals()),
        Metric.gauge(
            "script_quarantine",
            "Whether the script is kept from all, as it is slow for many.",
            quarantine.closedToAll() ? 1 : 0));
  }

  @Override
  public void close() {
    closed = true;
    seats.close();
  }
}
