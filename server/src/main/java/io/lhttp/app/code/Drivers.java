package io.lhttp.app.code;

import java.sql.Driver;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers the JDBC drivers in the jars of a folder. The JDK itself looks for drivers only once,
 * and that is before a folder's jars are loaded.
 */
final class Drivers {
  private static final Logger log = LoggerFactory.getLogger(Drivers.class);

  static final String SERVICE = "META-INF/services/java.sql.Driver";

  private Drivers() {}

  /**
   * Creates an instance of each driver class, once; the initialiser of the class registers the
   * driver.
   */
  static void register(ClassLoader jars) {
    var drivers = ServiceLoader.load(Driver.class, jars).iterator();
    while (true) {
      try {
        if (!drivers.hasNext()) {
          return;
        }
        drivers.next();
      } catch (ServiceConfigurationError | LinkageError e) {
        log.warn("a JDBC driver of a jar can't be registered", e);
      }
    }
  }
}
