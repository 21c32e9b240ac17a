package io.lhttp.scripts.context;

import io.lhttp.scripts.ScriptHost;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/**
 * The side effects that a context may have beside its calls.
 *
 * @param label the name of the script in the log; empty for no line
 * @param real whether timers fire and requests are sent
 */
public record Effects(SharedStore shared, String label, Logger log, boolean real) {
  /**
   * @param script the name of the script in the log
   */
  public static Effects of(ScriptHost host, String script) {
    return new Effects(host.shared, script, LoggerFactory.getLogger("script." + script), true);
  }

  /** Returns effects that nothing outside sees, with a store of their own. */
  public static Effects none(ScriptHost host) {
    var store = new SharedStore(host.limits.sharedBytes(), host.time);
    return new Effects(store, "", NOPLogger.NOP_LOGGER, false);
  }
}
