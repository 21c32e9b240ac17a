package io.lhttp.app.code.leak;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Filter;
import io.lhttp.app.code.CodeFixture;
import io.lhttp.app.code.UserCode;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.chain.ContextLoader;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;

/** Code of users that is replaced, and the watch over its class loader. */
abstract class LeakFixture extends CodeFixture {
  final List<Object> places = new ArrayList<>();
  final Set<Object> pinned = Collections.newSetFromMap(new IdentityHashMap<>());
  final AtomicInteger collections = new AtomicInteger();
  final ClassLoaderWatch watch =
      new ClassLoaderWatch(
          () -> places,
          pinned::contains,
          () -> {
            collections.incrementAndGet();
            System.gc();
          });
  final CapturedLog log = new CapturedLog(ClassLoaderWatch.class);

  /** The time for the watch, in seconds. */
  private long now;

  @SuppressWarnings("NullAway.Init") // every test loads some
  UserCode inUse;

  @AfterEach
  void endCapture() {
    log.close();
  }

  /** Creates an instance of each class in the folder; returns the loader of one. */
  ClassLoader loaded() throws Exception {
    inUse = UserCode.load(folder, problems);
    watch.add(inUse);
    for (var name : inUse.implementing(Filter.class)) {
      var loader = ContextLoader.of(loaderOf(name).loadClass(name));
      var before = loader.enter();
      try {
        make(inUse, name);
      } finally {
        loader.leave(before);
      }
    }
    assertThat(problems.found()).isEmpty();
    return loaderOf(inUse.implementing(Filter.class).getFirst());
  }

  private ClassLoader loaderOf(String className) {
    return inUse.classLoaders().stream()
        .filter(loader -> UserCode.allClassNames(loader).contains(className))
        .findFirst()
        .orElseThrow();
  }

  /** Replaces all sources by another one. */
  void replace() throws Exception {
    try (var files = Files.list(folder.resolve("filters"))) {
      for (var file : files.toList()) {
        if (file.toString().endsWith(".java")) {
          Files.delete(file);
        }
      }
    }
    write("filters/Other.java", "class Other implements io.lhttp.Filter {}");
    replaceByWritten();
  }

  /** Replaces the code by that which the folder has now, and waits for the watch's first search. */
  void replaceByWritten() throws Exception {
    inUse = UserCode.load(folder, Optional.of(inUse), problems);
    watch.add(inUse);
    assertThat(problems.found()).isEmpty();
    look();
    pass(ClassLoaderWatch.PATIENCE.toSeconds());
  }

  /** Advances the watch's time, and lets the watch check once. */
  void pass(long seconds) {
    now += seconds;
    look();
  }

  void look() {
    watch.look(() -> List.of(inUse), () -> true, now * 1_000_000_000);
  }

  /** Creates an instance of each class in the folder, and replaces all classes by another. */
  ClassLoader replaced() throws Exception {
    var loader = loaded();
    replace();
    return loader;
  }
}
