package io.lhttp.scripts;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.internal.text.Json;
import io.lhttp.scripts.MessageSamples.Sample;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.context.SideEffects;
import io.lhttp.scripts.modules.ScriptNames;
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
 * A script as one link of a chain, with a context for each script thread; the link's filter or
 * processor owns it. Any thread may call it. The call runs on the script thread of the connection.
 */
final class ScriptInstance implements AutoCloseable {
  private static final Duration LOAD_AGAIN = Duration.ofSeconds(1);

  private final ScriptHost host;
  private final String name;
  private final ContextPool pool;
  private final Quarantine quarantine;
  private final MessageSamples samples;
  private final WarmUpFactory warmUps;
  private final boolean mayBlock;

  /** For each script thread, the future on which the running call's caller waits. */
  private final AtomicReferenceArray<@Nullable CompletableFuture<Void>> waiting;

  private volatile boolean closed;

  /** Creates the warm-up of the loaded script from the messages that it received lately. */
  private interface WarmUpFactory {
    WarmUpRun with(List<Sample> last);
  }

  private ScriptInstance(
      ScriptHost host,
      String name,
      MessageSamples samples,
      ContextPool.Loader loader,
      WarmUpFactory warmUps,
      ScriptContext[] contexts) {
    this.host = host;
    this.name = name;
    this.samples = samples;
    this.warmUps = warmUps;
    this.pool = new ContextPool(name, i -> listenedTo(loader.load(i)), LOAD_AGAIN, contexts);
    this.quarantine = new Quarantine(name, System::nanoTime, pool::calls);
    this.waiting = new AtomicReferenceArray<>(contexts.length);
    this.mayBlock = host.ownThreads() || contexts[0].async();
    for (var context : contexts) {
      var _ = listenedTo(context);
    }
  }

  private ScriptContext listenedTo(ScriptContext context) {
    context.listener(
        new ScriptContext.Listener() {
          @Override
          public void late(Caller caller) {
            quarantine.late(caller);
          }

          @Override
          public void lost(ScriptContext lost, @Nullable Initiator initiator) {
            replace(lost, initiator);
          }
        });
    return context;
  }

  /** Loads a script into a new context on each script thread. */
  static ScriptInstance load(
      ScriptHost host, Script script, String name, Role role, Map<String, Object> options) {
    host.beforeLoading();
    var contexts = new ScriptContext[host.threadCount()];
    var json = Json.value(options);
    var effects = SideEffects.of(host, label(script, name));
    ContextPool.Loader loader =
        i -> new ScriptContext(host, host.limits, script, host.thread(i), json, effects);
    try {
      for (var i = 0; i < contexts.length; i++) {
        contexts[i] = loader.load(i);
      }
      requireHandlers(script, role, contexts[0]);
      var samples = host.samples.of(role.word + " " + name);
      WarmUpFactory warmUps = last -> new WarmUpRun(host, script, role, name, json, last);
      var instance = new ScriptInstance(host, name, samples, loader, warmUps, contexts);
      host.warm(instance);
      return instance;
    } catch (RuntimeException | Error e) {
      for (var context : contexts) {
        if (context != null) {
          context.close();
        }
      }
      throw e;
    }
  }

  /** Returns the script's name for the log, with its name in the chain if that is another. */
  private static String label(Script script, String name) {
    var file = script.name().substring(script.name().lastIndexOf('/') + 1);
    return script.name().equals(name) || ScriptNames.stem(file).filter(name::equals).isPresent()
        ? script.name()
        : script.name() + "[" + name + "]";
  }

  private static void requireHandlers(Script script, Role role, ScriptContext context) {
    for (var handler : Handler.values()) {
      if (role.required().contains(handler.export) && context.has(handler)) {
        return;
      }
    }
    throw new ScriptException(
        script.name(),
        "a %s exports %s as a function; this script exports %s"
            .formatted(role.word, String.join(" or ", role.required()), context.exports()));
  }

  /** Creates a warm-up with messages that the script received lately. */
  WarmUpRun warmUp() {
    return warmUps.with(samples.list());
  }

  String name() {
    return name;
  }

  boolean closed() {
    return closed;
  }

  boolean has(Handler handler) {
    return pool.first().has(handler);
  }

  /** Whether the script exports this function. */
  boolean exports(String function) {
    for (var handler : Handler.values()) {
      if (handler.export.equals(function)) {
        return has(handler);
      }
    }
    return false;
  }

  /** Calls {@code onLeave}, or {@code onClose} if the script does not export the former. */
  void leave(Connection connection) throws Exception {
    run(has(Handler.ON_LEAVE) ? Handler.ON_LEAVE : Handler.ON_CLOSE, connection);
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

  /** Calls a handler that concerns no message. */
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

  /** Calls a handler for a message, and waits until its promise is settled. */
  void run(Handler handler, Invocation call) throws Exception {
    if (!has(handler)) {
      return;
    }
    if (handler == Handler.ON_CLOSE || handler == Handler.ON_LEAVE) {
      quarantine.checkScript(); // these also run for a client whose calls are refused
    } else {
      quarantine.check(call.owner());
    }
    try {
      var home = host.threadOf(call.owner());
      var context = pool.at(home.index, host.limits.waitTime());
      if (context.thread().isCurrent()) {
        call(context, handler, call);
        var promise = call.promise();
        if (promise != null && !promise.isDone()) {
          throw new IllegalStateException(
              "%s of '%s' returned a promise: only an async function may wait"
                  .formatted(handler.export, name));
        }
      } else {
        handOver(context, handler, call);
      }
      await(context, handler, call);
    } catch (LateException e) {
      quarantine.late(Caller.of(call.owner()));
      throw e.error instanceof ScriptException explained ? detailed(explained) : e.error;
    } catch (ScriptException e) {
      throw detailed(e);
    }
  }

  private void call(ScriptContext context, Handler handler, Invocation call) {
    if (context.call(handler, call)) {
      quarantine.late(Caller.of(call.owner()));
    }
  }

  /**
   * Returns the error for the client. Only in development it contains details, which the operator's
   * log has anyway.
   */
  private RuntimeException detailed(ScriptException e) {
    if (!host.errorDetail) {
      return e;
    }
    host.report(name, "message", e);
    return new RefusedException(Outcome.refused(500, e.summary()));
  }

  private void handOver(ScriptContext context, Handler handler, Invocation call) throws Exception {
    var thread = context.thread();
    var done = new CompletableFuture<Void>();
    try {
      thread.execute(() -> {
        try {
          waiting.set(thread.index, done);
          call(context, handler, call);
          done.complete(null);
        } catch (Throwable thrown) {
          done.completeExceptionally(thrown);
        }
      });
    } catch (RejectedExecutionException e) {
      throw new RefusedException(503, "the server is closing or too busy");
    }
    join(context, handler, done);
  }

  private void await(ScriptContext context, Handler handler, Invocation call) throws Exception {
    var promise = call.promise();
    if (promise != null) {
      try {
        join(context, handler, promise);
      } finally {
        // the call stays in memory until here, because the promise is completed through it
        call.forgetPromise();
        // until now
      }
    }
  }

  private void join(ScriptContext context, Handler handler, CompletableFuture<Void> done)
      throws Exception {
    try {
      host.await(done);
    } catch (ExecutionException e) {
      var cause = e.getCause();
      throw cause instanceof LateException late
          ? late
          : context.explain(handler, cause == null ? e : cause);
    } catch (TimeoutException e) {
      throw new RefusedException(504, "a script did not answer in time");
    }
  }

  /** Called by the watchdog when a call does not end: replaces the context and fails the call. */
  private void replace(ScriptContext lost, @Nullable Initiator initiator) {
    quarantine.stuck(initiator == null ? null : initiator.caller());
    pool.replace(lost, quarantine::ended);
    var done = waiting.get(lost.thread().index);
    if (done != null) {
      done.completeExceptionally(lost.endless());
    }
    if (initiator != null) {
      var _ = initiator.fail(lost.endless());
    }
  }

  /** Returns the counters of calls that took too long or were refused. */
  List<Metric> metrics() {
    return List.of(
        Metric.counter(
            "script_timeouts",
            "Calls of the script that exceeded their time limit.",
            quarantine.lateCalls()),
        Metric.counter(
            "script_refusals",
            "Calls refused because the script was too slow for this client before.",
            quarantine.refusals()),
        Metric.gauge(
            "script_quarantine",
            "1 while the script is called for no client because it was slow for many.",
            quarantine.closedToAll() ? 1 : 0));
  }

  @Override
  public void close() {
    closed = true;
    pool.close();
  }
}
