package io.lhttp.app.code.leak;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Deregisters the JDBC drivers of one replaced class loader. {@link DriverManager} shows a driver
 * only to callers whose class loader finds the driver's class, so {@link SweepLoader} defines this
 * class again as a child of each such loader.
 */
public final class DriverSweep implements Callable<List<String>> {
  /** Deregisters the drivers; returns the names of their classes. */
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
