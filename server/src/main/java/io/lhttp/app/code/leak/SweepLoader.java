package io.lhttp.app.code.leak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Defines {@link DriverSweep} again, as a class loader below another one. */
final class SweepLoader extends ClassLoader {
  private static final byte[] SWEEP = read();

  SweepLoader(ClassLoader parent) {
    super(parent);
  }

  private static byte[] read() {
    try (var in = DriverSweep.class.getResourceAsStream("DriverSweep.class")) {
      return Objects.requireNonNull(in).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Loads the class {@link DriverSweep} that this loader defines. */
  Class<?> sweep() {
    try {
      return loadClass(DriverSweep.class.getName());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      var loaded = findLoadedClass(name);
      return loaded == null && name.equals(DriverSweep.class.getName())
          ? defineClass(name, SWEEP, 0, SWEEP.length)
          : loaded == null ? super.loadClass(name, resolve) : loaded;
    }
  }
}
