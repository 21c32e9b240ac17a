package io.lhttp.scripts.context;

import io.lhttp.scripts.Caller;
import io.lhttp.scripts.Handler;
import io.lhttp.scripts.Initiator;
import io.lhttp.scripts.Limits;
import io.lhttp.scripts.Script;
import io.lhttp.scripts.ScriptException;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.scripts.ScriptThread;
import io.lhttp.scripts.control.OperationResult;
import io.lhttp.scripts.errors.Explainer;
import io.lhttp.scripts.errors.RejectedPromise;
import io.lhttp.scripts.fetch.FetchResult;
import io.lhttp.scripts.modules.ModuleFiles;
import io.lhttp.scripts.modules.SourceFile;
import io.lhttp.scripts.text.ScriptResources;
import io.lhttp.scripts.threads.Guard;
import io.lhttp.scripts.threads.LateException;
import io.lhttp.scripts.threads.Watchdog;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.SandboxPolicy;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.SourceSection;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.io.IOAccess;
import org.jspecify.annotations.Nullable;

/**
 * One script in one JavaScript context. The thread that creates it loads the script. Afterwards it
 * is confined to its script thread, except for {@link #close} and the calls of the watchdog.
 */
public final class ScriptContext implements AutoCloseable, Watchdog.Watched, Bridge.Later {
  private static final Source PRELUDE = internal("prelude.js").buildLiteral();
  private static final Source WEB = internal("web.js").buildLiteral();
  private static final Source SEAL = internal("seal.js").cached(false).buildLiteral();
  private static final HostAccess ACCESS =
      HostAccess.newBuilder(HostAccess.CONSTRAINED).allowBufferAccess(true).build();

  /**
   * The time after an interrupt for which the thread may still run. Then the call counts as one
   * that nothing stops.
   */
  private static final Duration STUCK = Duration.ofMillis(200);

  private final Script script;
  private final ScriptHost host;
  private final Limits limits;
  private final ScriptThread thread;
  private final Context context;
  private final Guard guard;
  private final Timers timers;

  /** The name of the script in the log. */
  private final String label;

  private final Explainer explainer;
  private final Map<Handler, Value> handlers = new EnumMap<>(Handler.class);

  /** The place of each handler in the script's source. */
  private final Map<Handler, SourceSection> places = new EnumMap<>(Handler.class);

  private final Value fire;
  private final Value settle;
  private final Value operated;
  private final boolean async;
  private final String exports;
  private volatile boolean lost;
  private volatile boolean closed;
  private volatile Listener listener = Listener.NONE;

  /** Whether calls have limits of their own already. Only the script thread uses it. */
  private boolean limited;

  /**
   * The running call; null between calls. The script thread writes it before it enters the guard.
   */
  private @Nullable Invocation call;

  private @Nullable Initiator initiator;

  /** Receives reports of slow calls and of contexts whose thread was abandoned. */
  public interface Listener {
    Listener NONE =
        new Listener() {
          @Override
          public void late(Caller caller) {}

          @Override
          public void lost(ScriptContext context, @Nullable Initiator initiator) {}
        };

    /** Reports that a timer or continuation which this client started took too long. */
    void late(Caller caller);

    /** Reports that this context's thread was abandoned in a call. The watchdog calls it. */
    void lost(ScriptContext context, @Nullable Initiator initiator);
  }

  /**
   * Creates a context and loads the script into it.
   *
   * @throws ScriptException if the script can't be loaded
   */
  public ScriptContext(
      ScriptHost host,
      Limits limits,
      Script script,
      ScriptThread thread,
      String options,
      SideEffects effects) {
    this.script = script;
    this.label = effects.label().isEmpty() ? script.name() : effects.label();
    this.host = host;
    this.limits = limits;
    this.thread = thread;
    this.explainer = new Explainer(script.name(), script.sources());
    this.context = context(host, script);
    this.guard = new Guard(context, limits.loadTime());
    this.timers = new Timers(host, thread, this::fire);
    host.watchdog.add(this);
    try {
      var bridge = new Bridge(host, effects, timers, this);
      var prelude = host.engine.whileOpen(() -> prelude(context, bridge, options));
      this.fire = prelude.getMember("fire");
      this.settle = prelude.getMember("settle");
      this.operated = prelude.getMember("operated");
      var bound = bound(prelude);
      prelude.invokeMember("seal");
      for (var handler : Handler.values()) {
        var function = bound.getMember(handler.export);
        if (function != null && function.canExecute()) {
          handlers.put(handler, function);
          var written = bound.getMember("written").getMember(handler.export).getSourceLocation();
          if (written != null) {
            places.put(handler, written);
          }
        }
      }
      this.async = bound.getMember("async").asBoolean();
      this.exports = bound.getMember("exports").asString();
      limitCalls();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Gives calls limits of their own once the host has made its first calls. Before that, calls have
   * the limit of loading.
   */
  private void limitCalls() {
    if (!limited && host.limitsCalls()) {
      limited = true;
      guard.limit(limits.callTime(), limits.firstCalls());
    }
  }

  /** Runs the statements of the module itself, within the limit of loading. */
  private Value bound(Value prelude) {
    guard.enter();
    Throwable thrown = null;
    Value bound = prelude;
    try {
      bound = prelude.invokeMember("bind", context.eval(module(script)));
    } catch (PolyglotException | IllegalStateException | StackOverflowError e) {
      thrown = e;
    }
    var late = guard.exit();
    if (thrown != null) {
      throw late ? late(thrown).error : explainer.explainHere(thrown);
    }
    return bound;
  }

  public boolean has(Handler handler) {
    return handlers.containsKey(handler);
  }

  /** Whether any handler is an async function. */
  public boolean async() {
    return async;
  }

  /** The names of the script's exports, for error messages. */
  public String exports() {
    return exports;
  }

  public ScriptThread thread() {
    return thread;
  }

  /**
   * Calls a handler, on the script thread.
   *
   * @return whether the call took too long, but ended by itself
   * @throws LateException if the call took too long and failed
   * @throws ScriptException if the call failed
   */
  public boolean call(Handler handler, Invocation call) {
    var function = handlers.get(handler);
    return function != null && run(function, call, call, null);
  }

  /** The number of calls so far. */
  public long calls() {
    return guard.calls();
  }

  /**
   * Converts an exception of the script, or of a handler's promise, to one that explains the error
   * to the script's author.
   */
  public RuntimeException explain(Handler handler, Throwable thrown) {
    return thrown instanceof RejectedPromise rejected
        ? explainer.rejected(rejected, places.get(handler))
        : explainer.explain(thrown);
  }

  @Override
  public void check(long now) {
    guard.check(now);
    if (!lost && thread.replaceable() && guard.stuck(now, STUCK)) {
      lost = true;
      listener.lost(this, initiator());
    }
  }

  /**
   * Whether the context's thread was abandoned in a call, so that no thread may enter the context
   * again.
   */
  public boolean lost() {
    return lost;
  }

  public void listener(Listener listener) {
    this.listener = listener;
  }

  /** Creates the error for a call that never ends. */
  public LateException endless() {
    return new LateException(explainer.stopped(describe(guard.limit()), null));
  }

  @Override
  public @Nullable Initiator initiator() {
    var current = call;
    return current == null ? initiator : new Initiator(current);
  }

  @Override
  public void close() {
    closed = true;
    timers.close();
    host.watchdog.remove(this);
    context.close(true);
  }

  private void fire(int id, @Nullable Initiator initiator) {
    later("timer", fire, id, initiator);
  }

  @Override
  public void fetched(FetchResult result, @Nullable Initiator initiator) {
    try {
      thread.execute(() -> later("fetch", settle, result, initiator));
    } catch (RejectedExecutionException e) {
      ScriptHost.log.debug("a response arrived after its script thread had ended", e);
    }
  }

  @Override
  public void operated(OperationResult result, @Nullable Initiator initiator) {
    try {
      thread.execute(() -> later("server", operated, result, initiator));
    } catch (RejectedExecutionException e) {
      ScriptHost.log.debug("a result arrived after its script thread had ended", e);
    }
  }

  @Override
  public String file() {
    return script.name();
  }

  /**
   * Runs code that continues an earlier call.
   *
   * @param initiator the earlier call; null for none
   */
  private void later(String event, Value function, Object argument, @Nullable Initiator initiator) {
    try {
      var late = run(function, argument, null, initiator);
      if (late && initiator != null) {
        listener.late(initiator.caller());
      }
    } catch (LateException e) {
      // otherwise the waiting caller counts and reports the error
      if (initiator == null || !initiator.fail(e)) {
        report(event, e.error);
        if (initiator != null) {
          listener.late(initiator.caller());
        }
      }
    } catch (RuntimeException e) {
      report(event, e);
    }
  }

  /** Logs an error, unless the context was closed while the code ran. */
  private void report(String event, RuntimeException e) {
    if (!closed) {
      host.report(label, event, e);
    }
  }

  private boolean run(
      Value function, Object argument, @Nullable Invocation call, @Nullable Initiator initiator) {
    this.call = call;
    this.initiator = initiator;
    limitCalls();
    guard.enter();
    Throwable thrown = null;
    try {
      function.executeVoid(argument);
    } catch (PolyglotException | IllegalStateException | StackOverflowError e) {
      thrown = e;
    }
    var late = guard.exit();
    this.call = null;
    this.initiator = null;
    if (thrown != null) {
      throw late ? late(thrown) : explainer.explainHere(thrown);
    }
    return late;
  }

  private LateException late(Throwable thrown) {
    var limit = describe(guard.limit());
    return new LateException(
        thrown instanceof PolyglotException e && (e.isInterrupted() || e.isCancelled())
            ? explainer.stopped(limit, thrown)
            : explainer.late(limit, thrown));
  }

  /**
   * Creates the globals of a context. The result's function {@code seal} freezes JavaScript's
   * built-in objects; it is called once the script is loaded.
   */
  public static Value prelude(Context context, Bridge bridge, String options) {
    return context.eval(PRELUDE).execute(bridge, options, context.eval(WEB), context.eval(SEAL));
  }

  private static String describe(Duration time) {
    return time.toMillis() + " ms";
  }

  /** Parses the code that {@link #prelude} evaluates. The engine then has it for all contexts. */
  public static void parse(Context context) {
    var _ = context.eval(PRELUDE);
    var _ = context.eval(WEB);
    var _ = context.eval(SEAL);
  }

  public static Context context(ScriptHost host, Script script) {
    return context(host.engine.polyglot(), host.engine.sandbox(), script.sources());
  }

  public static Context context(
      Engine engine, SandboxPolicy sandbox, Map<String, SourceFile> files) {
    return Context.newBuilder("js")
        .engine(engine)
        .sandbox(sandbox)
        .allowHostAccess(ACCESS)
        .allowIO(IOAccess.newBuilder().fileSystem(new ModuleFiles(files)).build())
        .out(OutputStream.nullOutputStream())
        .err(OutputStream.nullOutputStream())
        .option("js.load", "false")
        .option("js.print", "false")
        .option("js.console", "false")
        .option("js.graal-builtin", "false")
        .option("js.allow-eval", "false")
        .option("js.strict", "true")
        .allowExperimentalOptions(true) // the option below is experimental
        .option("js.text-encoding", "true")
        .option("js.esm-eval-returns-exports", "true")
        .option("js.unhandled-rejections", "throw")
        .build();
  }

  public static Source module(Script script) {
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
    return Source.newBuilder("js", ScriptResources.text(name), name).internal(true);
  }
}
