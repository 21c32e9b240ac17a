package io.lhttp.scripts;

import io.lhttp.scripts.context.Bridge;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.context.SideEffects;
import io.lhttp.scripts.context.Timers;
import io.lhttp.scripts.control.OperationResult;
import io.lhttp.scripts.errors.Explainer;
import io.lhttp.scripts.errors.RejectedPromise;
import io.lhttp.scripts.fetch.FetchResult;
import io.lhttp.scripts.modules.SourceFile;
import io.lhttp.scripts.text.ScriptResources;
import io.lhttp.scripts.threads.Guard;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;

/**
 * Runs a test file, which is a module that imports {@code lhttp:test}, on the calling thread. The
 * tested application is behind a {@link Bench}; each test gets a new one.
 */
public final class ScriptTests {
  private static final String MODULE = "lhttp:test";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private ScriptTests() {}

  /** The application that one test uses. */
  public interface Bench extends AutoCloseable {
    /**
     * Runs one step of a test.
     *
     * @param what {@code connect}, {@code send}, {@code client}, {@code close}, {@code now}, {@code
     *     advance}, {@code answer} or {@code requests}
     * @param argument as JSON
     * @return JSON
     */
    String ask(String what, String argument) throws Exception;

    @Override
    void close();
  }

  /** The result of a test, which passed if there is no failure. */
  public record Result(String name, Optional<ScriptException> failure) {}

  /**
   * Runs all tests of a file, in their order.
   *
   * @throws ScriptException if the file itself can't be loaded
   */
  public static List<Result> run(Path folder, Path file, Callable<? extends Bench> benches) {
    try (var host = ScriptHost.builder().eventLoops(1).callTime(PATIENCE).build()) {
      var script = host.read(folder, file);
      var explainer = new Explainer(script.name(), script.sources());
      var files = new LinkedHashMap<>(script.sources());
      files.put(MODULE, new SourceFile(MODULE, ScriptResources.text("test.js")));
      var whole = new Script(host, files);
      var timers = new Timers(host, host.thread(0), (id, initiator) -> {});
      try (var context = ScriptContext.context(host, whole)) {
        var api = new Api();
        var prelude =
            ScriptContext.prelude(
                context,
                new Bridge(host, SideEffects.of(host, script.name()), timers, new Nothing()),
                "{}");
        context.getBindings("js").putMember("lhttpBench", api);
        try {
          guarded(host, context, () -> context.eval(ScriptContext.module(whole)));
        } catch (PolyglotException e) {
          throw scriptException(explainer, script, e);
        }
        prelude.invokeMember("seal");
        var results = new ArrayList<Result>();
        for (var test : api.tests) {
          results.add(
              new Result(test.name, api.run(host, context, test, benches, explainer, script)));
        }
        return results;
      }
    }
  }

  private static void guarded(ScriptHost host, Context context, Runnable task) {
    var guard = new Guard(context, PATIENCE);
    host.watchdog.add(guard);
    guard.enter();
    try {
      task.run();
    } finally {
      guard.exit();
      host.watchdog.remove(guard);
    }
  }

  private static ScriptException scriptException(
      Explainer explainer, Script script, Throwable thrown) {
    if (thrown instanceof PolyglotException e && e.isInterrupted()) {
      return explainer.stopped(PATIENCE.toSeconds() + " s", thrown);
    }
    if (thrown instanceof RejectedPromise rejected) {
      return explainer.rejected(rejected, null);
    }
    return explainer.explain(thrown) instanceof ScriptException explained
        ? explained
        : new ScriptException(script.name(), thrown.toString());
  }

  private record Test(String name, Value run) {}

  /** The timers and requests of a test file itself: timers never fire, and nothing is fetched. */
  private static final class Nothing implements Bridge.Later {
    @Override
    public @Nullable Initiator initiator() {
      return null;
    }

    @Override
    public void fetched(FetchResult result, @Nullable Initiator initiator) {}

    @Override
    public void operated(OperationResult result, @Nullable Initiator initiator) {}

    @Override
    public String file() {
      return "a test";
    }
  }

  /** The host functions behind the module {@code lhttp:test}. */
  public static final class Api {
    private final List<Test> tests = new ArrayList<>();
    private @Nullable Bench bench;
    private boolean pending;
    private @Nullable Throwable failure;

    private Api() {}

    @HostAccess.Export
    public void add(String name, Value run) {
      tests.add(new Test(name, run));
    }

    @HostAccess.Export
    public String ask(String what, String argument) throws Exception {
      if (bench == null) {
        throw new IllegalStateException("only within a test");
      }
      return bench.ask(what, argument);
    }

    @HostAccess.Export
    public void pending() {
      pending = true;
    }

    @HostAccess.Export
    public void settled() {
      pending = false;
    }

    @HostAccess.Export
    public void failed(Value error) {
      pending = false;
      failure = RejectedPromise.of(error);
    }

    private Optional<ScriptException> run(
        ScriptHost host,
        Context context,
        Test test,
        Callable<? extends Bench> benches,
        Explainer explainer,
        Script script) {
      pending = false;
      failure = null;
      try (var current = benches.call()) {
        bench = current;
        guarded(host, context, test.run::executeVoid);
      } catch (Exception e) {
        failure = e;
      } finally {
        bench = null;
      }
      if (failure == null && pending) {
        return Optional.of(
            new ScriptException(script.name(), "it waits for something that never comes"));
      }
      return Optional.ofNullable(failure).map(thrown -> scriptException(explainer, script, thrown));
    }
  }
}
