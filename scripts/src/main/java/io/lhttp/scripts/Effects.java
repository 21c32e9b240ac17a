package io.lhttp.scripts;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/**
 * What a context reaches beside its calls.
 *
 * @param real whether timers fire and requests are sent
 */
record Effects(SharedStore shared, Logger log, boolean real) {
  static Effects of(ScriptHost host, String script) {
    return new Effects(host.shared, LoggerFactory.getLogger("script." + script), true);
  }

  /** None that anybody notices: with a store of its own, which is forgotten. */
  static Effects none(ScriptHost host) {
    var store = new SharedStore(host.limits.sharedBytes(), host.time);
    return new Effects(store, NOPLogger.NOP_LOGGER, false);
  }
}
