package io.lhttp.scripts;

import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.internal.log.Loggable;
import io.lhttp.message.Message;
import io.lhttp.scripts.MessageSamples.Sample;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.context.SideEffects;
import io.lhttp.scripts.threads.LateException;
import io.lhttp.scripts.threads.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * One warm-up: calls a script's handlers until the engine has compiled them, and waits for the
 * engine's compiler. It uses messages that the live script has received, because the engine
 * discards compiled code when a message of another kind arrives. It runs in a context of its own
 * and without effects. Compiled code belongs to the engine, so the live context profits; the state
 * of modules belongs to the context and is discarded.
 */
final class WarmUpRun {
  /**
   * The number of calls. The engine's last compiler tier compiles a function after 10,000 calls,
   * counted once the first tier is done.
   */
  private static final int CALLS = 15_000;

  /** The longest time of one warm-up. */
  static final Duration TIME = Duration.ofMillis(2_500);

  private static final Duration CALL_TIME = Duration.ofMillis(500);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  private final ScriptHost host;
  private final Script script;
  private final Role role;
  private final String options;
  private final Limits limits;
  private final List<Sample> samples;
  private final AtomicInteger calls = new AtomicInteger();

  /**
   * @param command the command of the messages that are made up if there are too few real ones
   * @param last messages that the live script has received
   */
  WarmUpRun(
      ScriptHost host,
      Script script,
      Role role,
      String command,
      String options,
      List<Sample> last) {
    this.host = host;
    this.script = script;
    this.role = role;
    this.options = options;
    this.limits = host.limits.withCallTimeFromTheFirst(CALL_TIME);
    this.samples = new ArrayList<>(last);
    var text = Message.builder(command).header("id", "1").header("content-type", "text/plain");
    samples.add(new Sample(Message.of(command, "{}"), Principal.ANONYMOUS));
    samples.add(new Sample(text.body("text").build(), Principal.ANONYMOUS));
  }

  /**
   * Warms up for {@link #TIME} at most, and returns the number of calls. A call that nothing stops
   * is abandoned, and errors are ignored.
   */
  int run() {
    var end = System.nanoTime() + TIME.toNanos();
    var thread = start(new Pace.Fast(end));
    try {
      thread.join(TIME);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return calls.get();
  }

  /**
   * Warms up beside live messages: with pauses, and for as much CPU time as {@link #run} has by the
   * clock.
   *
   * @param wanted whether to continue
   */
  int runBeside(BooleanSupplier wanted) throws InterruptedException {
    var pace = new Pace.Slow(TIME, wanted);
    var thread = start(pace);
    while (!thread.join(LOOK_AGAIN)) {
      if (!wanted.getAsBoolean() || pace.spent(thread) > 2 * TIME.toNanos()) {
        break; // a call of the script does not end, and nothing stops it
      }
    }
    return calls.get();
  }

  private Thread start(Pace pace) {
    return Thread.ofPlatform().daemon().name("lhttp-script-warming").start(() -> makeCalls(pace));
  }

  private void makeCalls(Pace pace) {
    var effects = SideEffects.none(host);
    try (var context = new ScriptContext(host, limits, script, host.thread(0), options, effects)) {
      do {
        for (var handler : Handler.values()) {
          if (context.has(handler)) {
            makeCalls(context, handler, pace);
          }
        }
      } while (pace.awaitCompiler());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      ScriptHost.log.debug("a script was not warmed name={}", script.name(), e);
    } catch (Error e) {
      ScriptHost.log.warn("script warm-up failed name={}", script.name(), Loggable.of(e));
    }
  }

  private void makeCalls(ScriptContext context, Handler handler, Pace pace)
      throws InterruptedException {
    for (var i = 0; i < CALLS && pace.another(); i++) {
      var sample = samples.get(i % samples.size());
      var exchange = new WarmUpExchange(sample.message(), sample.principal());
      var call = new Invocation(exchange, role.hasMessage(handler) ? exchange : null, limits);
      call.outcome(Outcome.done());
      calls.incrementAndGet();
      try {
        context.call(handler, call);
      } catch (LateException _) {
        return;
      } catch (RuntimeException e) {
        ScriptHost.log.trace("a call of a warm-up failed", e);
      }
      if (call.promise() != null) {
        return; // the message waits for an effect, which a warm-up does not have
      }
    }
  }
}
