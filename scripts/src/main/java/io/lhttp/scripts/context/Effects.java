package io.lhttp.scripts.context;

import io.lhttp.scripts.ScriptHost;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/**
 * What a context reaches beside its calls.
 *
 * @param real whether timers fire and requests are sent
 */
public record Effects(SharedStore shared, Logger log, boolean real) {
  public static Effects of(ScriptHost host, String script) {
    return new Effects(host.shared, LoggerFactory.getLogger("script." + script), true);
  }

  /** None that anybody notices: with a store of its own, which is forgotten. */
  public static Effects none(ScriptHost host) {
    var store = new SharedStore(host.limits.sharedBytes(), host.time);
    return new Effects(store, NOPLogger.NOP_LOGGER, false);
  }
}
