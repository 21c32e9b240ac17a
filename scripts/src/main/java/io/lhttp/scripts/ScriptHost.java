package io.lhttp.scripts;

import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.control.Control;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.scripts.context.SharedStore;
import io.lhttp.scripts.control.Operations;
import io.lhttp.scripts.debug.Inspector;
import io.lhttp.scripts.engine.CompilerGate;
import io.lhttp.scripts.engine.ScriptEngine;
import io.lhttp.scripts.fetch.Fetcher;
import io.lhttp.scripts.modules.FileTrust;
import io.lhttp.scripts.modules.SourceReader;
import io.lhttp.scripts.testing.ManualTime;
import io.lhttp.scripts.testing.TestHttp;
import io.lhttp.scripts.threads.MachineTime;
import io.lhttp.scripts.threads.ScriptTime;
import io.lhttp.scripts.threads.Watchdog;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.graalvm.polyglot.Engine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs scripts. It owns the engine, the script threads, the watchdog, and the store that scripts
 * share. The application owns the host, which outlives reloads. All threads may use it.
 */
public final class ScriptHost implements AutoCloseable {
  private static final Duration CLOSE_TIME = Duration.ofSeconds(2);

  public static final Logger log = LoggerFactory.getLogger("io.lhttp.scripts");

  public final ScriptEngine engine;
  public final Limits limits;
  public final ScriptTime time;
  public final SharedStore shared;
  public final Fetcher fetcher;
  public final Operations operations = new Operations();
  public final Watchdog watchdog = new Watchdog();
  final MessageSamples.ByScript samples = new MessageSamples.ByScript();
  final boolean errorDetail;
  private final boolean trustChecked;

  private final boolean startCold;
  private volatile boolean started;
  private volatile boolean closed;

  /** Runs the warm-ups; null if scripts go live without one. */
  private final @Nullable WarmUp warmUp;

  private final ScriptThread[] threads;

  private final FirstCalls firstCalls = new FirstCalls(this);

  /** Creates a builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  private ScriptHost(Builder builder) {
    var debugged = builder.inspect.isPresent();
    var inspector = debugged ? new Inspector(builder.inspect.getAsInt()) : null;
    startCold = builder.startCold;
    if (startCold) {
      CompilerGate.close();
    }
    var prepared = debugged ? Optional.<Engine>empty() : PreparedEngine.take();
    engine = new ScriptEngine(prepared.orElseGet(() -> ScriptEngine.create(inspector)), inspector);
    limits = debugged ? builder.limits.patient() : builder.limits;
    time = builder.time == null ? new MachineTime() : builder.time;
    shared = new SharedStore(limits.sharedBytes(), time);
    fetcher = new Fetcher(builder.fetch, limits, builder.http);
    warmUp = builder.warm && compiled() ? new WarmUp(builder.startCold) : null;
    errorDetail = builder.errorDetail;
    trustChecked = builder.trustChecked;
    // A host with a debugger has one script thread of its own, so that a breakpoint does not stop
    // an event loop.
    var own = debugged ? 1 : builder.time != null ? 0 : builder.threads;
    threads = new ScriptThread[own == 0 ? builder.eventLoops : own];
    for (var i = 0; i < threads.length; i++) {
      threads[i] = own == 0 ? new ScriptThread.OfEventLoop(i) : new HostThread(i);
    }
    watchdog.start();
  }

  /**
   * Starts to create the engine of the process's first host, on a thread of its own; returns at
   * once. This saves time in a process that does other work before it creates the host.
   */
  public static void prepare() {
    PreparedEngine.begin();
  }

  /**
   * The host, port and path at which Chrome's DevTools debug these scripts; empty without a
   * debugger.
   */
  public Optional<String> inspector() {
    return engine.inspector();
  }

  /** Returns {@code compiled}, or {@code interpreted, because …} with the reason. */
  public String runtime() {
    return engine.runtime();
  }

  boolean compiled() {
    return engine.compiled();
  }

  /**
   * Reads a script and its imports.
   *
   * @param folder the application's folder, from which the script may import
   * @param file a file in the folder
   * @throws ScriptException if the file does not exist, leads out of the folder, or may be written
   *     by other users
   */
  public Script read(Path folder, Path file) {
    return new Script(this, new SourceReader(folder, trustChecked).read(file));
  }

  /**
   * Makes the host's first calls, on the calling thread and without a time limit. In them the JVM
   * loads classes, which takes longer than a call of a script may. Returns false if they failed,
   * which does not stop the host. With a test's clock the method does nothing, because calls then
   * have no such limits.
   */
  public boolean awake() {
    return time instanceof ManualTime || firstCalls.make();
  }

  /** Sets the operations of {@code ctx.server}. Without them its methods reject. */
  public void control(Control control) {
    operations.control(control);
  }

  boolean closed() {
    return closed;
  }

  /**
   * Whether calls have limits of their own already. After a cold start they have the limit of
   * loading, until the host has made its first calls.
   */
  public boolean limitsCalls() {
    return firstCalls.made() || !startCold || time instanceof ManualTime;
  }

  /**
   * Called before a script is loaded. On a cold start, the host's first calls are made later, when
   * the server listens.
   */
  void beforeLoading() {
    if (!startCold || started) {
      var _ = awake();
      EnginePrimer.begin(this);
    }
  }

  /**
   * Tells the host that the server accepts messages. After a {@linkplain Builder#startCold cold
   * start}, the host now makes its first calls and warms up its scripts, in the background, one
   * after the other.
   */
  public void started() {
    started = true;
    CompilerGate.open();
    if (time instanceof ManualTime) {
      return;
    }
    Thread.ofPlatform()
        .daemon()
        .name("lhttp-script-start")
        .start(() -> {
          var errors = new ErrorLog(log, "the preparation of scripts");
          errors.run(() -> {
            var _ = awake();
          });
          EnginePrimer.now(this);
          if (warmUp != null) {
            errors.run(warmUp::start);
          }
        });
  }

  /** Whether scripts that are live already still wait for their warm-up, as after a cold start. */
  public boolean warming() {
    return warmUp != null && warmUp.waits();
  }

  /**
   * Warms up a script before it goes live. On a cold start, and beyond the allowance, the warm-up
   * is queued instead.
   */
  void warm(ScriptInstance script) {
    if (warmUp != null) {
      var _ = warmUp.warm(script);
    }
  }

  /**
   * Limits the warm-ups before scripts go live, until the next call: together they take at most
   * this time. Scripts beyond it go live at once, and are warmed up beside live messages. Default:
   * no limit.
   */
  public void allowWarmUps(Duration time) {
    if (warmUp != null) {
      warmUp.allow(time);
    }
  }

  /** Returns the metrics of what all scripts share. */
  public List<Metric> metrics() {
    return List.of(
        Metric.gauge(
            "script_fetches_in_flight",
            "Requests of scripts' fetch that are under way.",
            fetcher.underWay()),
        Metric.counter(
            "script_fetches_refused",
            "Requests of scripts' fetch refused because too many were under way, of the client or"
                + " of all.",
            (double) fetcher.refused()));
  }

  /** The approximate number of bytes of all entries in {@code shared}. */
  public long sharedBytes() {
    return shared.bytes();
  }

  /** Closes all scripts; filters and processors must not be used any more. */
  @Override
  public void close() {
    closed = true;
    CompilerGate.open();
    engine.closeInspector();
    if (warmUp != null) {
      warmUp.close();
    }
    watchdog.close();
    time.close();
    fetcher.close();
    for (var thread : threads) {
      thread.close();
    }
    // The engine is closed on another thread, because closing waits for each running call, even for
    // a call that no interrupt stops.
    var closing = Thread.ofPlatform().daemon().name("lhttp-script-close").start(engine::close);
    try {
      closing.join(CLOSE_TIME);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Logs an error of a script for the operator, with the script's line. */
  public void report(String script, String event, RuntimeException e) {
    log.error("script failed name={} event={}", script, event, e);
  }

  int threadCount() {
    return threads.length;
  }

  /** Waits until a script's promise is settled. */
  void await(CompletableFuture<Void> done)
      throws InterruptedException, ExecutionException, TimeoutException {
    time.await(done, limits.waitTime(), () -> fetcher.busy() || operations.busy());
  }

  ScriptThread thread(int index) {
    return threads[index];
  }

  /** Returns the script thread on which the calls of this connection run. */
  ScriptThread threadOf(Connection connection) {
    var home = connection.executor();
    var thread = threads[home.index() % threads.length];
    if (thread instanceof ScriptThread.OfEventLoop ofHome) {
      ofHome.bind(home);
    }
    return thread;
  }

  /**
   * Whether the host has script threads of its own, so that a call may have to wait for its thread.
   */
  boolean ownThreads() {
    return !(threads[0] instanceof ScriptThread.OfEventLoop);
  }

  /** The options of a host; each has a default. Not thread-safe. */
  public static final class Builder {
    private int threads;
    private int eventLoops = Runtime.getRuntime().availableProcessors();
    private Limits limits = Limits.DEFAULT;
    private List<URI> fetch = List.of();
    private boolean warm;
    private boolean startCold;
    private boolean errorDetail;
    private boolean trustChecked = true;
    private OptionalInt inspect = OptionalInt.empty();
    private @Nullable ManualTime time;
    private @Nullable TestHttp http;

    private Builder() {}

    Builder limits(Limits limits) {
      this.limits = limits;
      return this;
    }

    /** Sets the number of the server's event loops. Default: one per CPU. */
    public Builder eventLoops(int eventLoops) {
      this.eventLoops = eventLoops;
      return this;
    }

    /**
     * Sets the number of script threads; 0 to run each connection's scripts on its event loop.
     * Default: 0.
     */
    public Builder threads(int threads) {
      this.threads = threads;
      return this;
    }

    /**
     * Lets the host run files that other users could have written, see {@link FileTrust}. Default:
     * it refuses them.
     */
    public Builder ignoreFilePermissions() {
      trustChecked = false;
      return this;
    }

    /**
     * Sets the longest CPU time of one call. A context's first 10,000 calls may each run 40 times
     * as long, until they have run for 40 times this time together. Default: 50 ms.
     */
    public Builder callTime(Duration time) {
      limits = limits.withCallTime(time);
      return this;
    }

    /** Sets the factor by which a context's first calls may run longer. Default: 40. */
    Builder firstCalls(int times) {
      limits = limits.withFirstCalls(times);
      return this;
    }

    /** Sets the longest CPU time of a module's own statements. Default: 10 s. */
    Builder loadTime(Duration time) {
      limits = limits.withLoadTime(time);
      return this;
    }

    /**
     * Sets the most requests by {@code fetch} that are under way at the same time. One client has
     * at most half of them, two have a third each, and so on. Default: 100.
     */
    public Builder fetches(int requests) {
      limits = limits.withFetches(requests);
      return this;
    }

    /** Sets the most bytes of a body that a script creates or fetches. Default: 1 MiB. */
    public Builder bodyBytes(int bytes) {
      limits = limits.withBodyBytes(bytes);
      return this;
    }

    /**
     * Sets the most bytes of scripts' attributes of one connection, and of one message. Default: 64
     * KiB.
     */
    public Builder attributeBytes(int bytes) {
      limits = limits.withAttributeBytes(bytes);
      return this;
    }

    /** Sets the most bytes of all entries of {@code shared}. Default: 64 MiB. */
    public Builder sharedBytes(long bytes) {
      limits = limits.withSharedBytes(bytes);
      return this;
    }

    /**
     * Sets the targets that {@code fetch} may request: scheme, host, port and the beginning of the
     * path. Default: none.
     */
    public Builder fetch(List<URI> targets) {
      this.fetch = List.copyOf(targets);
      return this;
    }

    /**
     * Sets whether the host warms up a script before it goes live: it calls the script some
     * thousand times without effects, for up to 2.5 seconds. This applies only if the engine
     * compiles scripts. Default: no.
     */
    public Builder warm(boolean warm) {
      this.warm = warm;
      return this;
    }

    /**
     * Sets whether scripts that are loaded before {@link ScriptHost#started} go live without a
     * warm-up. They are then warmed up in the background once the server listens. This applies only
     * with {@link #warm}. Default: no.
     */
    public Builder startCold(boolean cold) {
      this.startCold = cold;
      return this;
    }

    /** Sets whether clients get the errors of scripts, for development. Default: no. */
    public Builder errorDetail(boolean detail) {
      this.errorDetail = detail;
      return this;
    }

    /**
     * Opens a port for Chrome's DevTools on the loopback address, at the path of {@link
     * ScriptHost#inspector}; 0 picks a free port. Scripts then run on one thread of their own and
     * without time limits, because a person may debug them. Default: no port. {@link #build} throws
     * an {@link IllegalStateException} if the port is in use.
     */
    public Builder inspect(int port) {
      this.inspect = OptionalInt.of(port);
      return this;
    }

    /**
     * Sets the clock of timers, {@code Date} and expiry, and of waiting for a script. Scripts then
     * run on their connections' executors. Default: the machine's clock.
     */
    public Builder time(ManualTime time) {
      this.time = time;
      return this;
    }

    /**
     * Sets an object that answers {@code fetch} instead of the network, for tests. Default: the
     * network.
     */
    public Builder http(TestHttp http) {
      this.http = http;
      return this;
    }

    /**
     * Creates the host with its engine and threads.
     *
     * @throws IllegalStateException if the port of {@link #inspect} is in use
     */
    public ScriptHost build() {
      return new ScriptHost(this);
    }
  }
}
