package io.lhttp.app.code.leak;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Deregisters the JDBC drivers of a loader that is gone. {@link DriverManager} shows a driver only
 * to code whose loader finds its class, so this class is defined anew below each such loader.
 */
public final class DriverSweep implements Callable<List<String>> {
  /** Returns the names of the classes of the drivers. */
  @Override
  public List<String> call() throws SQLException {
    var names = new ArrayList<String>();
    var loader = DriverSweep.class.getClassLoader().getParent();
    for (var driver : DriverManager.drivers().toList()) {
      if (loader.equals(driver.getClass().getClassLoader())) {
        DriverManager.deregisterDriver(driver);
        names.add(driver.getClass().getName());
      }
    }
    return names;
  }
}
