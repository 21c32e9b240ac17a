package io.lhttp.scripts;

import io.lhttp.Principal;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.message.Message;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.context.SideEffects;
import io.lhttp.scripts.modules.SourceFile;
import io.lhttp.scripts.text.ScriptResources;
import io.lhttp.scripts.threads.Pace;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Uses the features that the engine and its libraries initialise at their first use, so that no
 * client's message has to wait for that: collations, calendars and formats, tables of Unicode, the
 * compiler of regular expressions. Runs once per process on a thread of its own, without a time
 * limit. While messages are served, it pauses as a warm-up does.
 */
final class EnginePrimer {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();
  private static final ErrorLog ERRORS = new ErrorLog(ScriptHost.log, "the priming of scripts");

  private EnginePrimer() {}

  /** Starts the priming; returns at once. */
  static void begin(ScriptHost host) {
    if (BEGUN.compareAndSet(false, true)) {
      Thread.ofPlatform()
          .daemon()
          .name("lhttp-script-priming")
          .start(() -> ERRORS.run(() -> run(host)));
    }
  }

  /** Runs the priming on the calling thread, unless it has begun already. */
  static void now(ScriptHost host) {
    if (BEGUN.compareAndSet(false, true)) {
      ERRORS.run(() -> run(host));
    }
  }

  private static void run(ScriptHost host) {
    var files =
        Map.of("priming.js", new SourceFile("priming.js", ScriptResources.text("priming.js")));
    var own = host.limits.timeless();
    var effects = SideEffects.none(host);
    try (var context =
        new ScriptContext(host, own, new Script(host, files), host.thread(0), "{}", effects)) {
      var exchange = new WarmUpExchange(Message.of("priming", "{}"), Principal.ANONYMOUS);
      var pace = new Pace.Slow(own.callTime(), () -> !host.closed());
      for (var call = new Invocation(exchange, exchange, own); pace.another(); ) {
        context.call(Handler.ON_MESSAGE, call);
        if (call.refusal() != null) {
          return;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) { // the host was closed, or the engine lacks the feature
      ScriptHost.log.debug("a script of our own did not come to its end", e);
    }
  }
}
