package io.lhttp.scripts.context;

import io.lhttp.scripts.ScriptHost;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLogger;

/**
 * Decides which side effects the code of a context has.
 *
 * @param shared the store that the context sees as {@code shared}
 * @param label the script's name in the log; empty to log nothing
 * @param real whether timers fire and requests are sent
 */
public record SideEffects(SharedStore shared, String label, Logger log, boolean real) {
  /**
   * Returns the effects of a live script.
   *
   * @param script the name of the script in the log
   */
  public static SideEffects of(ScriptHost host, String script) {
    return new SideEffects(host.shared, script, LoggerFactory.getLogger("script." + script), true);
  }

  /** Returns effects that nothing outside the context sees; the context gets a store of its own. */
  public static SideEffects none(ScriptHost host) {
    var store = new SharedStore(host.limits.sharedBytes(), host.time);
    return new SideEffects(store, "", NOPLogger.NOP_LOGGER, false);
  }
}
