package io.lhttp.scripts.engine;

import com.oracle.truffle.compiler.TruffleCompilationSupport;
import com.oracle.truffle.compiler.TruffleCompiler;
import com.oracle.truffle.compiler.TruffleCompilerOptionDescriptor;
import com.oracle.truffle.compiler.TruffleCompilerRuntime;
import org.jspecify.annotations.Nullable;

/** The engine's compiler, with threads that wait at the {@link CompilerGate} before they work. */
record GatedCompiler(TruffleCompilationSupport compiler) implements TruffleCompilationSupport {
  @Override
  public @Nullable AutoCloseable openCompilerThreadScope() {
    CompilerGate.pass();
    return compiler.openCompilerThreadScope();
  }

  @Override
  public void registerRuntime(TruffleCompilerRuntime runtime) {
    compiler.registerRuntime(runtime);
  }

  @Override
  public TruffleCompiler createCompiler(TruffleCompilerRuntime runtime) {
    var created = compiler.createCompiler(runtime);
    try {
      Intrinsics.trust(created);
    } catch (IllegalStateException e) {
      Compilations.ofProcess().defect(String.valueOf(e.getMessage()));
    }
    return created;
  }

  @Override
  public TruffleCompilerOptionDescriptor[] listCompilerOptions() {
    return compiler.listCompilerOptions();
  }

  @Override
  public boolean compilerOptionExists(String key) {
    return compiler.compilerOptionExists(key);
  }

  @Override
  public String validateCompilerOption(String key, String value) {
    return compiler.validateCompilerOption(key, value);
  }

  @Override
  public String getCompilerConfigurationName(TruffleCompilerRuntime runtime) {
    return compiler.getCompilerConfigurationName(runtime);
  }

  @Override
  public boolean isSuppressedCompilationFailure(Throwable compilationFailure) {
    return compiler.isSuppressedCompilationFailure(compilationFailure);
  }

  @Override
  public @Nullable String getCompilerVersion() {
    return compiler.getCompilerVersion();
  }
}
