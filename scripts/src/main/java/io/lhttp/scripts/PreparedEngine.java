package io.lhttp.scripts;

import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.engine.CompilerGate;
import io.lhttp.scripts.engine.ScriptEngine;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.SandboxPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The engine of the process's first host without a debugger. A thread of its own creates it while
 * the command line still reads the application. All threads may use it.
 */
final class PreparedEngine {
  private static @Nullable FutureTask<Engine> task;

  private PreparedEngine() {}

  /** Starts to create the engine; returns at once. */
  static synchronized void begin() {
    if (task == null) {
      CompilerGate.close();
      task = new FutureTask<>(PreparedEngine::make);
      Thread.ofPlatform().daemon().name("lhttp-script-engine").start(task);
    }
  }

  /**
   * Waits for the prepared engine and returns it to the first caller. Empty if no engine was
   * prepared, or its creation failed.
   */
  static synchronized Optional<Engine> take() {
    var begun = task;
    task = null;
    if (begun == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(begun.get());
    } catch (ExecutionException _) {
      return Optional.empty(); // the caller creates an engine itself, and then gets the error
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Creates an engine, which has parsed the prelude and loaded the classes of a context. */
  private static Engine make() {
    var engine = ScriptEngine.create(null);
    try (var context = ScriptContext.context(engine, SandboxPolicy.CONSTRAINED, Map.of())) {
      ScriptContext.parse(context);
    } catch (RuntimeException e) {
      ScriptHost.log.debug("the engine was not prepared", e);
    }
    return engine;
  }
}
