package io.lhttp.scripts.engine;

import java.io.IOException;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Loads the engine's compiler as a module in a layer of its own, because it works only in a named
 * module. The other modules that it requires are on the class path already, in the engine's
 * versions.
 */
final class CompilerModule {
  private static final String NAME = "jdk.graal.compiler";

  private CompilerModule() {}

  /**
   * Loads the module.
   *
   * @param folder the folder with the compiler's jar
   * @param classPath the class loader of the engine
   * @throws FindException if the folder has no such jar
   */
  static Module load(Path folder, ClassLoader classPath) {
    var jar =
        ModuleFinder.of(folder)
            .find(NAME)
            .orElseThrow(() -> new FindException("no module " + NAME + " in " + folder));
    var boot = ModuleLayer.boot();
    var configuration =
        boot.configuration().resolve(new Alone(jar), ModuleFinder.of(), Set.of(NAME));
    var controller =
        ModuleLayer.defineModulesWithOneLoader(configuration, List.of(boot), classPath);
    var module = controller.layer().findModule(NAME).orElseThrow();
    controller.addReads(module, classPath.getUnnamedModule());
    for (var name : module.getPackages()) {
      controller.addExports(module, name, classPath.getUnnamedModule());
    }
    return module;
  }

  /** Returns the same descriptor, without the required modules that are not the JDK's. */
  private static ModuleDescriptor descriptor(ModuleDescriptor full) {
    var builder = ModuleDescriptor.newModule(full.name());
    full.requires().stream()
        .filter(
            required -> required.name().startsWith("java.") || required.name().startsWith("jdk."))
        .forEach(builder::requires);
    full.uses().forEach(builder::uses);
    full.provides().forEach(builder::provides);
    return builder.packages(full.packages()).build();
  }

  private static final class Alone implements ModuleFinder {
    private final ModuleReference module;

    Alone(ModuleReference jar) {
      this.module =
          new ModuleReference(descriptor(jar.descriptor()), jar.location().orElseThrow()) {
            @Override
            public ModuleReader open() throws IOException {
              return jar.open();
            }
          };
    }

    @Override
    public Optional<ModuleReference> find(String name) {
      return name.equals(NAME) ? Optional.of(module) : Optional.empty();
    }

    @Override
    public Set<ModuleReference> findAll() {
      return Set.of(module);
    }
  }
}
