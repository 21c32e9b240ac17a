package io.lhttp.scripts.engine;

import com.oracle.truffle.api.Truffle;
import com.oracle.truffle.api.impl.DefaultTruffleRuntime;
import io.lhttp.scripts.debug.AttachLibrary;
import io.lhttp.scripts.debug.Inspector;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.SandboxPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The JavaScript engine of one script host, with its debugger's port if it has one. The host owns
 * it. All threads may use it.
 */
public final class ScriptEngine {
  /** The system property that says why the JVM was started without the engine's compiler. */
  private static final String NO_COMPILER = "lhttp.no-compiler";

  private final Engine engine;
  private final @Nullable Inspector inspector;

  /**
   * Keeps the engine open while a context runs its prelude. The prelude initialises the engine's
   * languages and needs a lock that the engine's close holds while it waits for this thread.
   */
  private final ReadWriteLock open = new ReentrantReadWriteLock();

  /** Guarded by {@link #open}. */
  private boolean closed;

  /**
   * @param inspector with which the engine was created; null without a debugger
   */
  public ScriptEngine(Engine engine, @Nullable Inspector inspector) {
    this.engine = engine;
    this.inspector = inspector;
  }

  /**
   * Creates an engine.
   *
   * @param inspector the debugger's port; null without a debugger
   */
  public static Engine create(@Nullable Inspector inspector) {
    AttachLibrary.prepare();
    var builder =
        Engine.newBuilder("js")
            .sandbox(sandbox(inspector))
            .option("engine.WarnInterpreterOnly", "false")
            .out(OutputStream.nullOutputStream())
            .err(OutputStream.nullOutputStream());
    if (inspector == null) {
      return builder.build();
    }
    try {
      return builder
          .serverTransport(inspector)
          // the engine opens no port of its own, because the inspector passes the messages
          .option("inspect", "0")
          .option("inspect.Path", inspector.path())
          .option("inspect.Suspend", "false")
          .build();
    } catch (IllegalArgumentException e) {
      inspector.close();
      throw new IllegalStateException(
          "there is no debugger on the class path: org.graalvm.tools:chromeinspector-tool", e);
    }
  }

  /** Returns the sandbox policy of the engine and its contexts. */
  public SandboxPolicy sandbox() {
    return sandbox(inspector);
  }

  /** The engine as GraalVM's polyglot API has it. */
  public Engine polyglot() {
    return engine;
  }

  /** The address for Chrome's DevTools; empty without a debugger. */
  public Optional<String> inspector() {
    return Optional.ofNullable(inspector).map(Inspector::address);
  }

  /**
   * Returns {@code compiled}, or {@code interpreted, because …} with the reason. That may change
   * once the compiler has worked, and failed for most functions.
   */
  public String runtime() {
    if (compiled()) {
      return Compilations.ofProcess()
          .defect()
          .map(reason -> "interpreted, because " + reason)
          .orElse("compiled");
    }
    return "interpreted, because "
        + (compilerPresent()
            ? AttachLibrary.failure().orElseGet(ScriptEngine::fallbackReason)
            : System.getProperty(NO_COMPILER, "the JVM was started without the compiler"));
  }

  /** Whether the JVM was started with the modules that the engine's compiler needs. */
  private static boolean compilerPresent() {
    return ModuleLayer.boot().findModule("jdk.internal.vm.ci").isPresent();
  }

  private static String fallbackReason() {
    var reason =
        Truffle.getRuntime() instanceof DefaultTruffleRuntime fallback
            ? fallback.getFallbackReason()
            : null;
    return reason == null
        ? "no compiler was found that fits this JDK"
        : reason.strip().replaceAll("\\s+", " ");
  }

  /** Whether the engine compiles scripts. */
  public boolean compiled() {
    return !engine.getImplementationName().contains("Interpreted");
  }

  /**
   * Runs a task that initialises a context.
   *
   * @throws IllegalStateException if the host is closed
   */
  public <T> T whileOpen(Supplier<T> task) {
    open.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the script host is closed");
      }
      return task.get();
    } finally {
      open.readLock().unlock();
    }
  }

  /** Closes the debugger's port. */
  public void closeInspector() {
    if (inspector != null) {
      inspector.close();
    }
  }

  /** Closes the engine. Waits for each running call, even for a call that no interrupt stops. */
  public void close() {
    open.writeLock().lock();
    try {
      closed = true; // no prelude runs from here on
    } finally {
      open.writeLock().unlock();
    }
    engine.close(true);
  }

  /**
   * Returns the engine's sandbox policy. Debugging works only without a sandbox; the context then
   * forbids the same things one by one.
   */
  private static SandboxPolicy sandbox(@Nullable Inspector inspector) {
    return inspector == null ? SandboxPolicy.CONSTRAINED : SandboxPolicy.TRUSTED;
  }
}
