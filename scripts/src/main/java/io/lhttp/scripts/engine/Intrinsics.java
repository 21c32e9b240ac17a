package io.lhttp.scripts.engine;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Lets the engine's compiler replace methods of its own classes by nodes of its graphs. The JVM
 * allows that for classes of the boot and the platform class loader alone, and {@link
 * CompilerModule} has a loader of its own. Without it each compilation of code that allocates
 * fails.
 */
final class Intrinsics {
  private static final String PLUGINS =
      "jdk.graal.compiler.nodes.graphbuilderconf.InvocationPlugins";

  private Intrinsics() {}

  /**
   * Allows it for the classes of the compiler's loader. Must be called before the compiler compiles
   * anything.
   *
   * @throws IllegalStateException if the compiler has other methods than expected
   */
  static void trust(Object compiler) {
    var loader = Objects.requireNonNull(compiler.getClass().getClassLoader());
    try {
      var trusted = trusted(loader);
      var register =
          Class.forName(PLUGINS, false, loader)
              .getMethod("registerIntrinsificationPredicate", Predicate.class);
      for (var backend : (List<?>) call(call(compiler, "getConfig"), "backends")) {
        register.invoke(plugins(backend), trusted);
      }
      register.invoke(
          plugins(call(call(compiler, "getHotspotGraalRuntime"), "getHostBackend")), trusted);
    } catch (ReflectiveOperationException | RuntimeException e) {
      var cause = e instanceof InvocationTargetException && e.getCause() != null ? e.getCause() : e;
      throw new IllegalStateException("the compiler is of another version: " + cause, cause);
    }
  }

  private static Object plugins(Object backend) throws ReflectiveOperationException {
    return call(
        call(call(backend, "getProviders"), "getGraphBuilderPlugins"), "getInvocationPlugins");
  }

  private static Predicate<Object> trusted(ClassLoader loader) throws ReflectiveOperationException {
    var types = ModuleLayer.boot().findModule("jdk.internal.vm.ci").orElseThrow();
    var runtimeType = Class.forName(types, "jdk.vm.ci.hotspot.HotSpotJVMCIRuntime");
    var runtime = runtimeType.getMethod("runtime").invoke(null);
    var mirror =
        runtimeType.getMethod("getMirror", Class.forName(types, "jdk.vm.ci.meta.ResolvedJavaType"));
    return type -> {
      try {
        return mirror.invoke(runtime, type) instanceof Class<?> found
            && loader.equals(found.getClassLoader());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private static Object call(Object target, String method) throws ReflectiveOperationException {
    return Objects.requireNonNull(target.getClass().getMethod(method).invoke(target), method);
  }
}
