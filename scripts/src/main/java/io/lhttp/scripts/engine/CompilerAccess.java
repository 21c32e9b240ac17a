package io.lhttp.scripts.engine;

import com.oracle.truffle.api.TruffleRuntime;
import com.oracle.truffle.api.TruffleRuntimeAccess;
import com.oracle.truffle.api.impl.DefaultTruffleRuntime;
import com.oracle.truffle.compiler.TruffleCompilationSupport;
import com.oracle.truffle.runtime.ModulesSupport;
import com.oracle.truffle.runtime.OptimizedTruffleRuntime;
import com.oracle.truffle.runtime.hotspot.HotSpotTruffleRuntime;
import com.oracle.truffle.runtime.hotspot.HotSpotTruffleRuntimeAccess;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Loads the engine's compiler from the folder that the system property {@value #FOLDER} names. The
 * engine itself expects the compiler in a module of the JDK, which {@code --upgrade-module-path}
 * would have to replace. With that option the JVM uses no AOT cache, so this class is needed. The
 * engine finds it as a service.
 */
public final class CompilerAccess implements TruffleRuntimeAccess {
  static final String FOLDER = "lhttp.compiler";

  private static final String SUPPORT =
      "jdk.graal.compiler.truffle.hotspot.HotSpotTruffleCompilationSupport";

  /** Returns a higher priority than that of the engine's own access, which is 0. */
  @Override
  public int getPriority() {
    return 1;
  }

  @Override
  public TruffleRuntime getRuntime() {
    var runtime = find();
    if (runtime instanceof OptimizedTruffleRuntime optimized) {
      optimized.addListener(Compilations.ofProcess());
    }
    return runtime;
  }

  private static TruffleRuntime find() {
    var folder = System.getProperty(FOLDER);
    if (folder == null) {
      return new HotSpotTruffleRuntimeAccess().getRuntime();
    }
    try {
      return runtime(Path.of(folder));
    } catch (Exception | LinkageError | AssertionError e) {
      var cause = e instanceof InvocationTargetException && e.getCause() != null ? e.getCause() : e;
      return new DefaultTruffleRuntime(
          "the compiler in %s can't be used: %s".formatted(folder, cause));
    }
  }

  /**
   * Does the same as {@link HotSpotTruffleRuntimeAccess}, but with the compiler from the folder.
   */
  private static TruffleRuntime runtime(Path folder) throws Exception {
    var obstacle = ModulesSupport.exportJVMCI(CompilerAccess.class);
    if (obstacle != null) {
      return new DefaultTruffleRuntime(obstacle);
    }
    var compilerInterface = ModuleLayer.boot().findModule("jdk.internal.vm.ci").orElseThrow();
    Class.forName(compilerInterface, "jdk.vm.ci.services.Services")
        .getMethod("initializeJVMCI")
        .invoke(null);
    var compiler = CompilerModule.load(folder, CompilerAccess.class.getClassLoader());
    ModulesSupport.addExports(Object.class.getModule(), "jdk.internal.misc", compiler);
    for (var name : compilerInterface.getPackages()) {
      ModulesSupport.addOpens(compilerInterface, name, compiler);
    }
    Class.forName(compilerInterface, "jdk.vm.ci.runtime.JVMCI")
        .getMethod("getRuntime")
        .invoke(null);
    var type = Class.forName(compiler, SUPPORT);
    var wrongJdk = (@Nullable String) type.getMethod("verifyJVMCIVersion").invoke(null);
    if (wrongJdk != null) {
      return new DefaultTruffleRuntime(wrongJdk);
    }
    var support =
        new GatedCompiler((TruffleCompilationSupport) type.getConstructor().newInstance());
    load("HotSpotThreadLocalHandshake", "initializePendingOffset");
    load("HotSpotFastThreadLocal", "ensureLoaded");
    var runtime =
        HotSpotTruffleRuntime.class
            .getConstructor(TruffleCompilationSupport.class)
            .newInstance(support);
    load("HotSpotTruffleRuntimeAccess", "registerVirtualThreadMountHooks");
    support.registerRuntime(runtime);
    return runtime;
  }

  /** Calls a static method of the engine that is not public. */
  private static void load(String type, String method) throws ReflectiveOperationException {
    var name = HotSpotTruffleRuntime.class.getPackageName() + "." + type;
    var found = Class.forName(name).getDeclaredMethod(method);
    found.setAccessible(true);
    found.invoke(null);
  }
}
