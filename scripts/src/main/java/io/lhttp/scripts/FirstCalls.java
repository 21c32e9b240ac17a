package io.lhttp.scripts;

import io.lhttp.Principal;
import io.lhttp.internal.log.Loggable;
import io.lhttp.message.Message;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.context.SideEffects;
import io.lhttp.scripts.modules.SourceFile;
import java.util.Map;

/**
 * The first calls of a {@link ScriptHost}, of a script of its own and without a time limit. In them
 * the JVM loads classes, which takes longer than a call of a user's script may. The host owns this
 * object. All threads may use it.
 */
final class FirstCalls {
  private static final String FIRST_STEPS =
      """
      ctx.attributes.set("a", { b: [ctx.header("c"), 1] });
      ctx.connection.attributes.set("d", ctx.attributes.get("a").b.length);
      const { id, user } = ctx.connection;
      const found = /(\\w+)-(\\d+)/.exec(`${id}-${ctx.body.length}`) ?? [];
      ctx.json();
      ctx.rewrite({ headers: { found: found.length }, body: ctx.body.toUpperCase() });
      ctx.reply({ command: ctx.command, headers: { user }, body: new Uint8Array(ctx.bytes) });
      ctx.publish("e", { body: JSON.stringify(ctx.headers.map(([name]) => name)) });
      ctx.send(`${[..."text"].reverse().join("")} ${new Date(0).toISOString()}`);
      structuredClone({ url: new URL("/a?b=c", "http://d:1/").searchParams.get("b") });
      if (found[0] === ctx.command) ctx.refuse(400, "no");
      """;

  private static final int CALLS = 20;

  private final ScriptHost host;

  /** Whether the calls were made, or failed. Written with the lock of this object. */
  private volatile boolean made;

  FirstCalls(ScriptHost host) {
    this.host = host;
  }

  /** Whether {@link #make} has returned. */
  boolean made() {
    return made;
  }

  /** Makes the calls on the calling thread, unless they were made already; false if they failed. */
  synchronized boolean make() {
    if (made) {
      return true;
    }
    var text = "export function onMessage(ctx) { %s }".formatted(FIRST_STEPS);
    var script = new Script(host, Map.of("awake.js", new SourceFile("awake.js", text)));
    var own = host.limits.timeless();
    try (var context =
        new ScriptContext(host, own, script, host.thread(0), "{}", SideEffects.none(host))) {
      var exchange = new WarmUpExchange(Message.of("awake", "{}"), Principal.ANONYMOUS);
      for (var i = 0; i < CALLS; i++) {
        context.call(Handler.ON_MESSAGE, new Invocation(exchange, exchange, own));
      }
      return true;
    } catch (RuntimeException | Error e) {
      if (!host.closed()) {
        ScriptHost.log.warn("the first calls of the script engine failed", Loggable.of(e));
      }
      return false;
    } finally {
      made = true;
    }
  }
}
