package io.lhttp.scripts;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.IOAccess;

/**
 * One script in one context. Loaded by whoever makes it, then confined to its script thread; only
 * {@link #close} and the watchdog come from elsewhere.
 */
final class Realm implements AutoCloseable {
  private static final Source PRELUDE = internal("prelude.js").buildLiteral();
  private static final Source WEB = internal("web.js").buildLiteral();
  private static final Source SEAL = internal("seal.js").cached(false).buildLiteral();
  private static final HostAccess ACCESS =
      HostAccess.newBuilder(HostAccess.CONSTRAINED).allowBufferAccess(true).build();

  /** An interrupt that has not helped for so long does not help. */
  private static final Duration STUCK = Duration.ofMillis(200);

  private final Script script;
  private final ScriptHost host;
  private final ScriptThread thread;
  private final Context context;
  private final Guard guard;
  private final Timers timers;
  private final Explainer explainer;
  private final Map<Handler, Value> handlers = new EnumMap<>(Handler.class);
  private final Value fire;
  private final Value settle;
  private final boolean async;
  private final String exports;
  private volatile boolean lost;
  private volatile boolean closed;
  private volatile Consumer<Realm> onLost = realm -> {};

  /**
   * Loads the script.
   *
   * @throws ScriptException where it can't be
   */
  Realm(
      ScriptHost host,
      Limits limits,
      Script script,
      ScriptThread thread,
      String options,
      Effects effects) {
    this.script = script;
    this.host = host;
    this.thread = thread;
    this.explainer = new Explainer(script.name(), script.sources());
    this.context = context(host, script);
    this.guard = new Guard(context, limits.loadTime());
    this.timers = new Timers(host, thread, this::fire);
    host.watchdog.add(this);
    try {
      var bridge = new Bridge(host, effects, timers, this::fetched);
      var prelude = prelude(context, bridge, options);
      this.fire = prelude.getMember("fire");
      this.settle = prelude.getMember("settle");
      guard.enter();
      Throwable thrown = null;
      Value bound = prelude;
      try {
        bound = prelude.invokeMember("bind", context.eval(module(script)));
      } catch (PolyglotException e) {
        thrown = e;
      }
      if (guard.exit()) {
        throw explainer.late(words(limits.loadTime()), thrown);
      } else if (thrown != null) {
        throw explainer.explain(thrown);
      }
      for (var handler : Handler.values()) {
        var function = bound.getMember(handler.export);
        if (function != null && function.canExecute()) {
          handlers.put(handler, function);
        }
      }
      this.async = bound.getMember("async").asBoolean();
      this.exports = bound.getMember("exports").asString();
      guard.limit(limits.callTime());
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  boolean has(Handler handler) {
    return handlers.containsKey(handler);
  }

  /** Whether one of its handlers is an async function. */
  boolean async() {
    return async;
  }

  /** What the script exports, in words. */
  String exports() {
    return exports;
  }

  ScriptThread thread() {
    return thread;
  }

  /**
   * Calls a handler, on the script thread.
   *
   * @throws ScriptException where it fails or takes too long
   */
  void call(Handler handler, Call call) {
    var function = handlers.get(handler);
    if (function != null) {
      run(function, call);
    }
  }

  /** Says in the script's words what was thrown in it. */
  RuntimeException explain(Throwable thrown) {
    return explainer.explain(thrown);
  }

  void look(long now) {
    guard.look(now);
    if (!lost && thread.replaceable() && guard.stuck(now, STUCK)) {
      lost = true;
      onLost.accept(this);
    }
  }

  /** Whether its thread was abandoned in the middle of a call: nobody may enter it again. */
  boolean lost() {
    return lost;
  }

  /** Whom to tell when that happens, from the watchdog's thread. */
  void onLost(Consumer<Realm> listener) {
    onLost = listener;
  }

  /** Why a call ends that goes on for ever. */
  RuntimeException endless() {
    return new LateException(explainer.late(words(guard.limit()), null));
  }

  @Override
  public void close() {
    closed = true;
    timers.close();
    host.watchdog.remove(this);
    context.close(true);
  }

  private void fire(int id) {
    try {
      run(fire, id);
    } catch (RuntimeException e) {
      report("timer", e);
    }
  }

  private void fetched(Fetched result) {
    try {
      thread.execute(() -> {
        try {
          run(settle, result);
        } catch (RuntimeException e) {
          report("fetch", e);
        }
      });
    } catch (RejectedExecutionException e) {
      ScriptHost.log.debug("a response found its thread gone", e);
    }
  }

  /** What its end has cut off is no failure. */
  private void report(String event, RuntimeException e) {
    if (!closed) {
      host.report(script.name(), event, e);
    }
  }

  private void run(Value function, Object argument) {
    guard.enter();
    Throwable thrown = null;
    try {
      function.executeVoid(argument);
    } catch (PolyglotException | IllegalStateException | StackOverflowError e) {
      thrown = e;
    }
    if (guard.exit()) {
      throw new LateException(explainer.late(words(guard.limit()), thrown));
    }
    if (thrown != null) {
      throw explainer.explain(thrown);
    }
  }

  /** Makes the globals, and freezes what they stand on. */
  static Value prelude(Context context, Bridge bridge, String options) {
    return context.eval(PRELUDE).execute(bridge, options, context.eval(WEB), context.eval(SEAL));
  }

  private static String words(Duration time) {
    return time.toMillis() + " ms";
  }

  static Context context(ScriptHost host, Script script) {
    return Context.newBuilder("js")
        .engine(host.engine)
        .sandbox(host.sandbox())
        .allowHostAccess(ACCESS)
        .allowIO(IOAccess.newBuilder().fileSystem(new ModuleFiles(script.sources())).build())
        .out(OutputStream.nullOutputStream())
        .err(OutputStream.nullOutputStream())
        .option("js.load", "false")
        .option("js.print", "false")
        .option("js.console", "false")
        .option("js.graal-builtin", "false")
        .option("js.allow-eval", "false")
        .option("js.strict", "true")
        .allowExperimentalOptions(true) // for the next one
        .option("js.text-encoding", "true")
        .option("js.esm-eval-returns-exports", "true")
        .option("js.unhandled-rejections", "throw")
        .build();
  }

  static Source module(Script script) {
    try {
      var name = script.name();
      return Source.newBuilder("js", new File(ModuleFiles.path(name).toString()))
          .content(script.main().text())
          .name(name)
          .mimeType("application/javascript+module")
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException("a source with its content needs no file", e);
    }
  }

  private static Source.Builder internal(String name) {
    return Source.newBuilder("js", text(name), name).internal(true);
  }

  /** A file beside the classes. */
  static String text(String name) {
    try (var in = Realm.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
