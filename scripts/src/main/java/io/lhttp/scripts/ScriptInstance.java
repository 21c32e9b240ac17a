package io.lhttp.scripts;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
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
  private final ScriptHost host;
  private final String name;
  private final Loader loader;
  private final AtomicReferenceArray<Realm> realms;
  private final Quarantine quarantine = new Quarantine();
  private final Samples samples;
  private final boolean mayBlock;

  /** By script thread: who waits for the call that runs there. */
  private final AtomicReferenceArray<@Nullable CompletableFuture<Void>> waiting;

  private volatile boolean closed;

  /** Makes the realm of a script thread. */
  private interface Loader {
    Realm load(int thread);
  }

  private ScriptInstance(
      ScriptHost host, String name, Samples samples, Loader loader, Realm[] realms) {
    this.host = host;
    this.name = name;
    this.samples = samples;
    this.loader = loader;
    this.realms = new AtomicReferenceArray<>(realms);
    this.waiting = new AtomicReferenceArray<>(realms.length);
    this.mayBlock = host.ownThreads() || realms[0].async();
    for (var realm : realms) {
      realm.onLost(this::replace);
    }
  }

  /** Loads a script on all script threads. */
  static ScriptInstance load(
      ScriptHost host, Script script, String name, Role role, Map<String, Object> options) {
    host.awake();
    var realms = new Realm[host.threadCount()];
    var json = Json.write(options);
    var effects = Effects.of(host, script.name());
    Loader loader = i -> new Realm(host, host.limits, script, host.thread(i), json, effects);
    try {
      for (var i = 0; i < realms.length; i++) {
        realms[i] = loader.load(i);
      }
      requireHandlers(script, role, realms[0]);
      var samples = host.samples.of(script.name());
      if (host.warm && host.compiled()) {
        var calls = new Warming(host, script, role, name, json, samples.list()).run();
        ScriptHost.log.debug("a script is warm name={} calls={}", script.name(), calls);
      }
      return new ScriptInstance(host, name, samples, loader, realms);
    } catch (RuntimeException | Error e) {
      for (var realm : realms) {
        if (realm != null) {
          realm.close();
        }
      }
      throw e;
    }
  }

  private static void requireHandlers(Script script, Role role, Realm realm) {
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

  boolean has(Handler handler) {
    return realms.get(0).has(handler);
  }

  boolean mayBlock() {
    return mayBlock;
  }

  Call call(Connection connection, @Nullable Exchange exchange) {
    if (exchange != null) {
      samples.offer(exchange);
    }
    return new Call(connection, exchange, host.limits);
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
  void run(Handler handler, Call call) throws Exception {
    if (!has(handler)) {
      return;
    }
    quarantine.check(name);
    var thread = host.threadOf(call.owner());
    var realm = realms.get(thread.index);
    if (realm.lost()) {
      throw new IllegalStateException("the script '" + name + "' is being loaded again");
    }
    try {
      if (thread.isCurrent()) {
        realm.call(handler, call);
        var promise = call.promise();
        if (promise != null && !promise.isDone()) {
          throw new IllegalStateException(
              "%s of '%s' returned a promise: only an async function may wait"
                  .formatted(handler.export, name));
        }
      } else {
        handOver(thread, realm, handler, call);
      }
      await(realm, call);
    } catch (LateException e) {
      quarantine.late(name);
      throw detailed(e.explanation);
    } catch (ScriptException e) {
      throw detailed(e);
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

  private void handOver(ScriptThread thread, Realm realm, Handler handler, Call call)
      throws Exception {
    var done = new CompletableFuture<Void>();
    try {
      thread.execute(() -> {
        try {
          waiting.set(thread.index, done);
          realm.call(handler, call);
          done.complete(null);
        } catch (Throwable thrown) {
          done.completeExceptionally(thrown);
        }
      });
    } catch (RejectedExecutionException e) {
      throw new RefusedException(503, "the server is closing or too busy");
    }
    join(realm, done);
  }

  private void await(Realm realm, Call call) throws Exception {
    var promise = call.promise();
    if (promise != null) {
      try {
        join(realm, promise);
      } finally {
        call.forgetPromise(); // not before: it is settled by the call
      }
    }
  }

  private void join(Realm realm, CompletableFuture<Void> done) throws Exception {
    try {
      host.await(done);
    } catch (ExecutionException e) {
      var cause = e.getCause();
      throw cause instanceof LateException late ? late : realm.explain(cause == null ? e : cause);
    } catch (TimeoutException e) {
      throw new RefusedException(504, "a script did not answer in time");
    }
  }

  /** From the watchdog: the realm's thread is lost, with the call that it is at. */
  private void replace(Realm lost) {
    var index = lost.thread().index;
    quarantine.stuck(name);
    lost.thread().replace();
    var done = waiting.get(index);
    if (done != null) {
      done.completeExceptionally(lost.endless());
    }
    Thread.ofPlatform()
        .daemon()
        .name("lhttp-script-reload")
        .start(() -> {
          try {
            var realm = loader.load(index);
            realm.onLost(this::replace);
            realms.set(index, realm);
            if (closed) {
              realm.close();
            }
          } catch (RuntimeException e) {
            host.report(name, "load", e);
          }
          lost.close(); // once its call has come to its end
        });
  }

  @Override
  public void close() {
    closed = true;
    for (var i = 0; i < realms.length(); i++) {
      realms.get(i).close();
    }
  }
}
