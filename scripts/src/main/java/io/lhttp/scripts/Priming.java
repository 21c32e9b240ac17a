package io.lhttp.scripts;

import io.lhttp.Principal;
import io.lhttp.message.Message;
import io.lhttp.scripts.context.Effects;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.modules.SourceFile;
import io.lhttp.scripts.threads.Pace;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Uses what the engine and its libraries make at the first use only, so that no client's message
 * has to wait for it: collations, calendars and formats, tables of Unicode, the regular
 * expressions' compiler. Once per process, aside, at the pace of a rehearsal beside live messages,
 * with no limit of time.
 */
final class Priming {
  private static final AtomicBoolean BEGUN = new AtomicBoolean();

  private Priming() {}

  /** Returns at once. */
  static void begin(ScriptHost host) {
    if (BEGUN.compareAndSet(false, true)) {
      Thread.ofPlatform().daemon().name("lhttp-script-priming").start(() -> run(host));
    }
  }

  /** Does it on the calling thread, unless it has begun already. */
  static void now(ScriptHost host) {
    if (BEGUN.compareAndSet(false, true)) {
      run(host);
    }
  }

  private static void run(ScriptHost host) {
    var files =
        Map.of("priming.js", new SourceFile("priming.js", ScriptContext.text("priming.js")));
    var own = host.limits.timeless();
    var effects = Effects.none(host);
    try (var realm =
        new ScriptContext(host, own, new Script(host, files), host.thread(0), "{}", effects)) {
      var rehearsal = new WarmupExchange(Message.of("priming", "{}"), Principal.ANONYMOUS);
      var pace = new Pace.Slow(own.callTime(), () -> !host.closed());
      for (var call = new Invocation(rehearsal, rehearsal, own); pace.another(); ) {
        realm.call(Handler.ON_MESSAGE, call);
        if (call.refusal() != null) {
          return;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) { // the host's end, or an engine that lacks something
      ScriptHost.log.debug("a script of our own did not come to its end", e);
    }
  }
}
