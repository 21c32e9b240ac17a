package io.lhttp.app.code.leak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Tells whether the JVM has unloaded unused classes since a moment. It loads a class that is unused
 * at once, and sees it vanish. A class loader that outlives it is in use. Confined to one thread.
 */
final class GarbageProof {
  private final byte[] content;
  private final List<Canary> canaries = new ArrayList<>();
  private long number;

  /** The number of the youngest canary that is gone. */
  private long gone;

  private record Canary(long number, WeakReference<ClassLoader> loader) {}

  GarbageProof() {
    try (var in = GarbageProof.class.getResourceAsStream("DriverSweep.class")) {
      content = Objects.requireNonNull(in).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Remembers this moment; returns its number, for {@link #since}. */
  long mark() {
    var canary = new SweepLoader(GarbageProof.class.getClassLoader(), content);
    try {
      var _ = canary.loadClass(DriverSweep.class.getName());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
    canaries.add(new Canary(++number, new WeakReference<>(canary)));
    return number;
  }

  /** Whether classes that were unused at this moment are unloaded. */
  boolean since(long mark) {
    canaries.removeIf(canary -> {
      var vanished = canary.loader().refersTo(null);
      gone = vanished ? Math.max(gone, canary.number()) : gone;
      return vanished;
    });
    return gone >= mark;
  }
}
