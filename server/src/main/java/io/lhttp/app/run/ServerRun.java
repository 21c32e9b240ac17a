package io.lhttp.app.run;

import io.lhttp.HandsOver;
import io.lhttp.app.admin.AdminServer;
import io.lhttp.app.assembly.Application;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.assembly.ScriptFolder;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Problem;
import io.lhttp.app.debug.Debugger;
import io.lhttp.app.logging.HeapWatch;
import io.lhttp.app.logging.Logging;
import io.lhttp.app.reload.ChainProblems;
import io.lhttp.app.reload.FolderState;
import io.lhttp.app.reload.FolderWatch;
import io.lhttp.app.reload.PeriodicTask;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.app.reload.Reloader;
import io.lhttp.app.settings.Listen;
import io.lhttp.app.settings.Mode;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.tracing.SpanRecorder;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.channel.Broker;
import io.lhttp.control.Actor;
import io.lhttp.revocation.Revocations;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a server from its start to the signal that ends it. */
public final class ServerRun implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(ServerRun.class);

  /** The time for closing everything after the deadline of the drain. */
  private static final Duration END_TIME = Duration.ofSeconds(12);

  private final Mode mode;
  private final ServerOptions options;
  private final OptionalInt inspect;
  private final PrintWriter out;
  private final ReloadReport reloads;

  private Optional<ProcessHandle> parent = Optional.empty();

  /** The list for the filters of all chains; set before the first one is made. */
  private volatile Revocations revocations = Revocations.none("");

  /** The files of secrets that the last reading has named. */
  private volatile Set<Path> secrets = Set.of();

  /**
   * The warnings about the folder's code that were reported last. Guarded by this object's lock.
   */
  private List<Problem> warned = List.of();

  /**
   * @param inspect the port of the debugger; empty for none
   */
  public ServerRun(Mode mode, ServerOptions options, OptionalInt inspect, PrintWriter out) {
    this.mode = mode;
    this.options = options;
    this.inspect = inspect;
    this.out = out;
    this.reloads = new ReloadReport(options.folder, out);
  }

  /** Lets the server end when this process has ended, as after SIGTERM. */
  public ServerRun endWith(Optional<ProcessHandle> process) {
    this.parent = process;
    return this;
  }

  @Override
  public Integer call() throws Exception {
    var signals = new Signals();
    parent.ifPresent(signals::stopWith);
    // The log may lose its last lines if the JVM ends for want of memory.
    StartMemory.ofThisJvm().shortages().forEach(line -> out.println("warning    " + line));
    var state = FolderState.of(options.folder);
    try (var steps = SlowSteps.ofStart(step -> out.println("starting   " + step))) {
      return call(signals, state, steps);
    }
  }

  private int call(Signals signals, FolderState state, SlowSteps steps) throws Exception {
    // The reloader takes the first application: a variable of this frame would keep its classes.
    var first = new ArrayDeque<Application>(1);
    first.add(start(steps));
    Logging.apply(first.element().settings().log());
    HeapWatch.start();
    var recorder = recorder(first.element().settings());
    steps.begin("opening the broker");
    var carrier = carrier(first.element());
    try (var end = new StopDeadline(() -> Logging.halt(0));
        var _ = recorder;
        var _ = first.element().scripts();
        var broker = withPresence(carrier, first.element());
        var _ = startRevocations(first.element(), carrier);
        var server = start(first.element(), broker, recorder, steps)) {
      var reloader = new Reloader(mode, first.remove(), server, loader()::load, System::nanoTime);
      reloader.running().scripts().control(server.control());
      if (recorder != null) {
        recorder.follow(() -> reloader.running().settings().tracing());
      }
      signals.onHangUp(hangUp(reloader));
      if (mode == Mode.DEV) {
        ServerInternals.of(server).chain().describeFailures(new FailureWords(reloader::running));
        Logging.explain(
            reloader.running().settings().log(), new FailureExplainer(reloader::running));
      }
      warnOfCode(reloader.running());
      var operations =
          new Operations(
              mode,
              server,
              reloader,
              broker,
              revocations,
              Optional.ofNullable(recorder),
              result -> reloaded(result, reloader));
      try (var admin = operations.listen(mode.admin(reloader.running().settings().admin()));
          var api = operations.listenToApi(reloader.running().settings().api().listen())) {
        if (admin != null) {
          log.info("admin listening on {}", admin.uri());
        }
        if (api != null) {
          log.info("api listening on {}", api.uri());
        }
        if (admin == null && api == null && !reloader.running().settings().api().keys().isEmpty()) {
          log.warn("api.keys are written, but nothing listens for them: api.listen would");
        }
        signals.drainFromNowOn();
        steps.close();
        warn(ProcessRestrictions.of(signals), reloader.running().settings(), admin);
        report(reloader.running(), server);
        // The engine makes its first calls now that the server listens.
        reloader.running().scripts().started();
        try (var _ =
                new PeriodicTask(
                    "lhttp-probation", "the check of a probation", reloader::checkProbation);
            var _ =
                new PeriodicTask(
                    "lhttp-class-loaders",
                    "the check of replaced classes",
                    reloader::checkClassLoaders);
            var _ = FastStart.begin(mode, options);
            var _ = watch(state, reloader)) {
          signals.awaitStop();
        }
        var deadline = mode.drain(reloader.running().settings().drain()).deadline();
        end.within(deadline.plus(END_TIME));
        drain(server);
      }
    }
    return 0;
  }

  private static Broker carrier(Application application) {
    var settings = application.settings();
    return settings.broker().make(settings.histories());
  }

  private static Broker withPresence(Broker broker, Application application) {
    var withPresence = application.presence().map(presence -> presence.over(broker)).orElse(broker);
    return application
        .occupancy()
        .map(occupancy -> occupancy.over(withPresence))
        .orElse(withPresence);
  }

  /**
   * Opens the list of revocations before the first chain is made. A list at NATS is read when the
   * server has started its broker; until then nobody is let in.
   *
   * @throws Failure if the file of the list is broken, or can't be written
   */
  private Revocations startRevocations(Application application, Broker broker) throws Failure {
    var list = application.settings().revocations().list(options.folder, broker);
    revocations = list;
    try {
      list.start(Duration.ZERO);
      return list;
    } catch (IOException e) {
      list.close();
      throw new Failure("can't start: " + e.getMessage(), e);
    }
  }

  private static void drain(LhttpServer server) throws InterruptedException {
    var internals = ServerInternals.of(server);
    var counters = internals.counters();
    log.info("draining connections={}", counters.connections());
    if (!server.drain()) {
      log.warn(
          "drain deadline passed connections={} unfinished={} calls={}",
          counters.connections(),
          internals.chain().unfinished(),
          internals.chain().calls());
    }
  }

  private Application start(SlowSteps steps) throws ConfigurationException, Failure {
    if (inspect.isEmpty() && ScriptFolder.present(options.folder)) {
      ScriptHost.prepare();
    }
    try {
      steps.begin("reading " + options.folder);
      var application =
          loader()
              .scriptHost(builder -> {
                steps.begin("starting the script engine");
                return inspect.isPresent() ? builder.inspect(inspect.getAsInt()) : builder;
              })
              .load();
      if (inspect.isPresent()) {
        // created even without scripts, because a reload may add one
        var _ = application.scripts().host();
      }
      return application;
    } catch (IllegalStateException e) {
      if (inspect.isPresent()) {
        throw new Failure("can't debug: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private ApplicationLoader loader() {
    return new ApplicationLoader(options.folder)
        .overrides(options.overrides)
        .mode(mode)
        .secretFiles(named -> secrets = named)
        .revocations(() -> revocations);
  }

  /**
   * In development, starts to watch the folder and to reload when a file is saved; otherwise
   * returns null.
   */
  private @Nullable FolderWatch watch(FolderState state, Reloader reloader) {
    if (mode != Mode.DEV) {
      return null;
    }
    // If a secret file has changed since the start read it, the state leaves out the secret files.
    // The watch then notices the change.
    var read = state.with(secrets);
    return FolderWatch.start(
        options.folder,
        () -> secrets,
        reloader.running().secrets().areCurrent() ? read : state,
        () -> reloadWithProgress(reloader),
        result -> reloaded(result, reloader));
  }

  /** Tells the developer of a reload that takes more than a second, while it lasts. */
  private ReloadResult reloadWithProgress(Reloader reloader) {
    try (var steps = SlowSteps.watched(step -> log.info("{}", step))) {
      steps.begin("reloading " + options.folder);
      return reloader.reload(new Actor(Actor.Kind.SERVER, "folder watch"));
    }
  }

  /**
   * Returns the reaction to SIGHUP. The sender of a signal gets no answer, so the reaction waits
   * for a running reload. One further reload serves all signals that arrive in that time.
   */
  private Runnable hangUp(Reloader reloader) {
    var waiting = new AtomicBoolean();
    return () -> {
      if (waiting.compareAndSet(false, true)) {
        reloader.awaitIdle();
        waiting.set(false);
        reloaded(reloader.reload(new Actor(Actor.Kind.SERVER, "signal")), reloader);
      }
    };
  }

  private void reloaded(ReloadResult result, Reloader reloader) {
    if (mode == Mode.DEV) {
      reloads.print(result);
      reloads.printInNoChain(reloader.running().filesInNoChain().get());
    } else {
      log(result);
    }
    warnOfCode(reloader.running());
  }

  /**
   * Reports the warnings about the folder's Java code and its secrets that the last reading did not
   * have.
   */
  private synchronized void warnOfCode(Application running) {
    var warnings =
        Stream.of(running.code().warnings(), running.secrets().advice())
            .flatMap(List::stream)
            .toList();
    warnings.stream().filter(warning -> !warned.contains(warning)).forEach(this::warn);
    warned = warnings;
  }

  private void warn(Problem warning) {
    if (mode == Mode.DEV) {
      out.println("warning    " + warning);
    } else {
      log.warn("{}", warning);
    }
  }

  private static void log(ReloadResult result) {
    switch (result) {
      case ReloadResult.Refused refused -> {
        log.error("not reloaded generation={}", refused.generation());
        refused.problems().forEach(problem -> log.error("{}", problem));
      }
      case ReloadResult.Busy busy -> log.warn("not reloaded, {}", busy.inWords());
      case ReloadResult.Swapped swapped -> log.info("reloaded, {}", swapped.inWords());
      case ReloadResult.Unchanged unchanged -> log.info("reloaded, {}", unchanged.inWords());
    }
  }

  /** Starts the recording of spans; null without tracing. */
  private static @Nullable SpanRecorder recorder(Settings settings) throws Failure {
    if (settings.tracing().isEmpty()) {
      return null;
    }
    try {
      return SpanRecorder.start(settings.tracing().get(), settings.trustedProxies(), System::getenv)
          .orElse(null);
    } catch (IllegalArgumentException e) {
      throw new Failure("can't trace: " + e.getMessage(), e);
    }
  }

  private LhttpServer start(
      Application application, Broker broker, @Nullable SpanRecorder recorder, SlowSteps steps)
      throws Exception {
    var port = options.port == null ? application.settings().listen().port() : options.port;
    if (port < 0 || port > Listen.MAX_PORT) {
      throw new Failure("--port " + port + ": a port lies between 0 and " + Listen.MAX_PORT);
    }
    try {
      steps.begin("opening the port");
      var builder = application.server(mode);
      if (recorder != null) {
        builder.tracer(recorder);
      }
      return builder
          .chain(withSteps(application.chain(mode), steps))
          .broker(broker)
          .revocations(revocations)
          .port(port)
          .start();
    } catch (BindException e) {
      throw String.valueOf(e.getMessage()).contains("in use")
          ? new Failure(
              "port %d is taken: choose another with --port N, or listen: in lhttp.yaml"
                  .formatted(port),
              e)
          : new Failure(String.valueOf(e.getMessage()), e);
    } catch (ChainException e) {
      throw new ConfigurationException(ChainProblems.of(e, application.settings()));
    } catch (IOException | IllegalArgumentException | IllegalStateException | LinkageError e) {
      throw new Failure("can't start: " + e.getMessage(), e);
    }
  }

  /** Returns the same chain, in which the creation of each link counts as a step of the start. */
  private static ChainSpec withSteps(ChainSpec chain, SlowSteps steps) {
    return new ChainSpec(
        chain.filters().stream()
            .map(f ->
                new FilterSpec(
                    f.name(),
                    f.fingerprint(),
                    f.onError(),
                    withSteps(f.make(), "making the filter '" + f.name() + "'", steps)))
            .toList(),
        chain.processors().stream()
            .map(p ->
                new ProcessorSpec(
                    p.command(),
                    p.fingerprint(),
                    withSteps(p.make(), "making the processor '" + p.command() + "'", steps)))
            .toList(),
        chain.trace());
  }

  private static <T> Callable<T> withSteps(
      Callable<? extends T> make, String step, SlowSteps steps) {
    return () -> {
      steps.begin(step);
      var made = make.call();
      steps.begin(
          made instanceof HandsOver
              ? "letting the links take over, and opening the port"
              : "opening the port");
      return made;
    };
  }

  private void warn(
      ProcessRestrictions restrictions, Settings settings, @Nullable AdminServer admin) {
    var reload =
        mode == Mode.DEV
            ? "saving a file does"
            : admin == null
                ? "and with admin: false nothing else does"
                : "POST " + admin.uri() + "reload does";
    for (var line : restrictions.obstacles(settings.limits().connections(), reload)) {
      if (mode == Mode.DEV) {
        out.println("warning    " + line);
      } else {
        log.warn("{}", line);
      }
    }
  }

  /** Describes how scripts run, in the words of the command line option. */
  private String runtime(String runtime) {
    if (runtime.equals("compiled")) {
      return runtime;
    }
    return switch (options.scripts) {
      case compiled -> runtime;
      case interpreted -> "interpreted, as --scripts says";
      case null ->
          mode == Mode.DEV
              ? "interpreted, for a fast start: serve compiles them, and so does --scripts compiled"
              : runtime;
    };
  }

  /** Prints the report of the start. Its last line says that the server accepts connections. */
  private void report(Application application, LhttpServer server) {
    var chain = application.chainInWords();
    var commands = application.commandsInWords();
    var scripts = application.scripts().runtime().map(this::runtime);
    if (options.scripts == ServerOptions.ScriptRuntime.compiled
        && scripts.isPresent()
        && !scripts.get().equals("compiled")) {
      log.warn("--scripts compiled was asked for, but scripts are {}", scripts.get());
    }
    if (mode == Mode.DEV) {
      out.println("chain      " + chain);
      out.println("commands   " + commands);
      out.println("transport  " + server.transport());
      scripts.ifPresent(runtime -> out.println("scripts    " + runtime));
      application
          .scripts()
          .inspector()
          .ifPresent(address ->
              out.println(
                  "inspect    open devtools://devtools/bundled/js_app.html?ws=%s in Chrome"
                      .formatted(address)));
      Debugger.ofThisJvm()
          .address()
          .ifPresent(address -> out.println("debugger   attach at " + address));
      application
          .settings()
          .publicFolder()
          .path()
          .ifPresent(folder -> out.println("page       " + page(server)));
      reloads.printInNoChain(application.filesInNoChain().get());
    } else {
      log.info("started transport={} chain={} commands={}", server.transport(), chain, commands);
      scripts.ifPresent(runtime -> log.info("scripts: {}", runtime));
    }
    out.println("listening on " + server.uri());
  }

  private static String page(LhttpServer server) {
    var uri = server.uri();
    var scheme = uri.getScheme().equals("wss") ? "https" : "http";
    return scheme + "://localhost:" + uri.getPort();
  }
}
