package io.lhttp.app.code.leak;

/** Defines {@link DriverSweep} again, as a class loader below another one. */
final class SweepLoader extends ClassLoader {
  private final byte[] sweep;

  /**
   * @param sweep the class file of {@link DriverSweep}
   */
  SweepLoader(ClassLoader parent, byte[] sweep) {
    super(parent);
    this.sweep = sweep;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      var loaded = findLoadedClass(name);
      return loaded == null && name.equals(DriverSweep.class.getName())
          ? defineClass(name, sweep, 0, sweep.length)
          : loaded == null ? super.loadClass(name, resolve) : loaded;
    }
  }
}
