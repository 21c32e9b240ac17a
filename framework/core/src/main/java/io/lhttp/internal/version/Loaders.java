package io.lhttp.internal.version;

import io.lhttp.internal.attribute.ServerLoaders;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Finds the class loaders of links' code, without those of the server. Stateless. */
final class Loaders {
  private Loaders() {}

  /** Returns the loaders of these instances, and the loaders' parents. */
  static Set<ClassLoader> of(Collection<Instance> instances) {
    Set<ClassLoader> loaders = Collections.newSetFromMap(new IdentityHashMap<>());
    for (var instance : instances) {
      var loader = instance.object().getClass().getClassLoader();
      while (loader != null && !ServerLoaders.contain(loader)) {
        loaders.add(loader);
        loader = loader.getParent();
      }
    }
    return loaders;
  }
}
