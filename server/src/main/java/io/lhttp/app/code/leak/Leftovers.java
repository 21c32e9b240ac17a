package io.lhttp.app.code.leak;

import io.lhttp.app.code.Causes;
import io.lhttp.internal.measure.InnermostFrame;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import javax.management.JMException;
import javax.management.MBeanServerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds and undoes what the classes of one loader left behind in the JVM after all their instances
 * were closed. Holds no reference to the loader after a call.
 */
final class Leftovers {
  private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

  private Leftovers() {}

  /** Deregisters drivers and MBeans; returns a description of each. */
  static List<String> deregister(ClassLoader loader) {
    var undone = new ArrayList<String>();
    drivers(loader).forEach(driver -> undone.add("JDBC driver " + driver));
    undone.addAll(beans(loader));
    return undone;
  }

  /** Interrupts the threads of the loader. */
  static void interruptThreads(ClassLoader loader) {
    threads(loader).forEach(Thread::interrupt);
  }

  /** Describes the threads that still run: name, class, and the line where each stands. */
  static List<String> running(ClassLoader loader) {
    return threads(loader).stream()
        .map(thread ->
            "%s '%s' at %s"
                .formatted(
                    thread.getClass().getName().equals("java.util.TimerThread")
                        ? "timer"
                        : "thread",
                    thread.getName(),
                    at(thread)))
        .toList();
  }

  @SuppressWarnings("ReferenceEquality") // a loader is equal to itself alone
  private static List<Thread> threads(ClassLoader loader) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread ->
            thread.getContextClassLoader() == loader
                || thread.getClass().getClassLoader() == loader)
        .filter(thread -> thread != Thread.currentThread())
        .toList();
  }

  /** The innermost line of users' code, else the innermost line. */
  private static String at(Thread thread) {
    var frames = thread.getStackTrace();
    return Causes.usersFrames(frames)
        .findFirst()
        .or(() -> Arrays.stream(frames).findFirst())
        .map(InnermostFrame::text)
        .orElse("its end");
  }

  @SuppressWarnings("unchecked") // the class is DriverSweep
  private static List<String> drivers(ClassLoader loader) {
    try (var in = Leftovers.class.getResourceAsStream("DriverSweep.class")) {
      if (in == null) {
        return List.of();
      }
      var sweep = new Below(loader, in.readAllBytes()).loadClass(DriverSweep.class.getName());
      return ((Callable<List<String>>) sweep.getConstructor().newInstance()).call();
    } catch (Exception | LinkageError e) {
      log.warn("the JDBC drivers of replaced classes can't be deregistered", e);
      return List.of();
    }
  }

  /** Defines {@link DriverSweep} below another loader. */
  private static final class Below extends ClassLoader {
    private final byte[] sweep;

    Below(ClassLoader parent, byte[] sweep) {
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

  @SuppressWarnings("ReferenceEquality") // a loader is equal to itself alone
  private static List<String> beans(ClassLoader loader) {
    var undone = new ArrayList<String>();
    if (MBeanServerFactory.findMBeanServer(null).isEmpty()) {
      return undone; // nobody has used the platform's server, which is slow to start
    }
    var server = ManagementFactory.getPlatformMBeanServer();
    for (var name : server.queryNames(null, null)) {
      try {
        if (server.getClassLoaderFor(name) == loader) {
          server.unregisterMBean(name);
          undone.add("MBean " + name);
        }
      } catch (JMException | RuntimeException e) {
        log.warn("an MBean can't be deregistered name={}", name, e);
      }
    }
    return undone;
  }
}
