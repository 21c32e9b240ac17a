package io.lhttp.scripts.engine;

import com.oracle.truffle.compiler.TruffleCompilerListener;
import com.oracle.truffle.runtime.AbstractCompilationTask;
import com.oracle.truffle.runtime.OptimizedCallTarget;
import com.oracle.truffle.runtime.OptimizedTruffleRuntimeListener;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what the engine's compiler has compiled, and logs its first failure. The engine itself
 * keeps a function interpreted without a word if the compiler fails. All threads may use it.
 */
public final class Compilations implements OptimizedTruffleRuntimeListener {
  private static final Compilations ALL = new Compilations();

  private static final Logger log = LoggerFactory.getLogger("io.lhttp.scripts");
  private static final int LONGEST_REASON = 300;

  private final AtomicInteger done = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>();
  private volatile @Nullable String defect;

  Compilations() {}

  /** Returns the compilations of this process, which has one compiler for all its script hosts. */
  public static Compilations ofProcess() {
    return ALL;
  }

  /** The functions that were compiled; one that was compiled twice counts twice. */
  public int done() {
    return done.get();
  }

  /** The compilations that failed by an error in the compiler. */
  public int failed() {
    return failed.get();
  }

  @Override
  public String toString() {
    return "%d functions compiled, %d failed".formatted(done(), failed());
  }

  /** The reason why scripts are interpreted in spite of the compiler; empty if it works. */
  Optional<String> defect() {
    var known = defect;
    if (known != null) {
      return Optional.of(known);
    }
    var failures = failed.get();
    return failures == 0 || failures < done()
        ? Optional.empty()
        : Optional.of("the compiler fails (%s): %s".formatted(this, firstFailure.get()));
  }

  /** Notes that the compiler can't be used as it should. */
  void defect(String reason) {
    defect = reason;
    log.warn("scripts are interpreted, because {}", reason);
  }

  @Override
  public void onCompilationSuccess(
      OptimizedCallTarget target,
      AbstractCompilationTask task,
      TruffleCompilerListener.GraphInfo graph,
      TruffleCompilerListener.CompilationResultInfo result) {
    succeeded();
  }

  @Override
  public void onCompilationFailed(
      OptimizedCallTarget target,
      String reason,
      boolean bailout,
      boolean permanentBailout,
      int tier,
      @Nullable Supplier<String> stackTrace) {
    failed(String.valueOf(target.getName()), reason, bailout);
  }

  void succeeded() {
    done.incrementAndGet();
  }

  /**
   * @param bailout whether the compiler gave up by its own rules, for example because the function
   *     is too long or was changed meanwhile; that is no failure
   */
  void failed(String function, @Nullable String reason, boolean bailout) {
    if (bailout) {
      return;
    }
    failed.incrementAndGet();
    var words = function + ": " + shortened(String.valueOf(reason));
    if (firstFailure.compareAndSet(null, words)) {
      log.warn("the compiler of scripts failed, so that a function stays interpreted: {}", words);
    }
  }

  private static String shortened(String reason) {
    var line = reason.strip().lines().findFirst().orElse("");
    return line.length() > LONGEST_REASON ? line.substring(0, LONGEST_REASON) + "…" : line;
  }
}
