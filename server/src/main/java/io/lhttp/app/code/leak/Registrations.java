package io.lhttp.app.code.leak;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Undoes what classes of one replaced loader have registered in the JVM: JDBC drivers and MBeans.
 * Keeps no reference to the loader after a call.
 */
final class Registrations {
  private static final Logger log = LoggerFactory.getLogger(Registrations.class);

  private Registrations() {}

  /** Deregisters drivers; returns a description of each. */
  static List<String> undoDrivers(ClassLoader loader) {
    return drivers(loader).stream().map(driver -> "JDBC driver " + driver).toList();
  }

  @SuppressWarnings("unchecked") // DriverSweep implements this Callable
  private static List<String> drivers(ClassLoader loader) {
    try {
      var sweep = new SweepLoader(loader).sweep();
      return ((Callable<List<String>>) sweep.getConstructor().newInstance()).call();
    } catch (Exception | LinkageError e) {
      log.warn("the JDBC drivers of replaced classes can't be deregistered", e);
      return List.of();
    }
  }

  /**
   * Returns the platform's MBean server; empty if no code has used an MBean server yet, because the
   * platform's is slow to start.
   */
  static Optional<MBeanServer> beanServer() {
    return MBeanServerFactory.findMBeanServer(null).isEmpty()
        ? Optional.empty()
        : Optional.of(ManagementFactory.getPlatformMBeanServer());
  }

  /** Deregisters MBeans; returns a description of each. */
  @SuppressWarnings("ReferenceEquality") // a loader is equal to itself alone
  static List<String> undoBeans(ClassLoader loader) {
    var found = beanServer();
    if (found.isEmpty()) {
      return List.of();
    }
    var server = found.get();
    var undone = new ArrayList<String>();
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
