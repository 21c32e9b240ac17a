package io.lhttp.scripts;

import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.message.Message;
import io.lhttp.scripts.Samples.Sample;
import io.lhttp.scripts.context.Effects;
import io.lhttp.scripts.context.Invocation;
import io.lhttp.scripts.context.ScriptContext;
import io.lhttp.scripts.threads.LateException;
import io.lhttp.scripts.threads.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Calls a script's handlers often enough for the engine to compile them, before the first message
 * does, and waits for its compiler: with what the script got when it was live before, as compiled
 * code is thrown away where something comes that it has not been compiled for. This happens in a
 * context of its own and without effects: code belongs to the engine, what modules remember to the
 * context.
 */
final class Warming {
  /**
   * The engine's last tier compiles what was called 10,000 times, once the first tier is through.
   */
  private static final int CALLS = 15_000;

  private static final Duration TIME = Duration.ofMillis(2_500);
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
   * @param command of the messages that are made up
   * @param last what the script got when it was live before
   */
  Warming(
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
   * Waits for {@link #TIME} at the most, whatever the script does; what nothing stops is left to
   * itself then, and what fails is no error. Returns how many calls were made.
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
   * The same beside live messages: slowly, and for as much of a processor's time as {@link #run}
   * has by the clock.
   *
   * @param wanted whether it is to go on
   */
  int runBeside(BooleanSupplier wanted) throws InterruptedException {
    var pace = new Pace.Slow(TIME, wanted);
    var thread = start(pace);
    while (!thread.join(LOOK_AGAIN)) {
      if (!wanted.getAsBoolean() || pace.spent(thread) > 2 * TIME.toNanos()) {
        break; // in a call that nothing stops
      }
    }
    return calls.get();
  }

  private Thread start(Pace pace) {
    return Thread.ofPlatform().daemon().name("lhttp-script-warming").start(() -> rehearse(pace));
  }

  private void rehearse(Pace pace) {
    var effects = Effects.none(host);
    try (var realm = new ScriptContext(host, limits, script, host.thread(0), options, effects)) {
      do {
        for (var handler : Handler.values()) {
          if (realm.has(handler)) {
            rehearse(realm, handler, pace);
          }
        }
      } while (pace.awaitCompiler());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      ScriptHost.log.debug("a script was not warmed name={}", script.name(), e);
    }
  }

  private void rehearse(ScriptContext realm, Handler handler, Pace pace)
      throws InterruptedException {
    for (var i = 0; i < CALLS && pace.another(); i++) {
      var sample = samples.get(i % samples.size());
      var rehearsal = new WarmupExchange(sample.message(), sample.principal());
      var call = new Invocation(rehearsal, role.hasMessage(handler) ? rehearsal : null, limits);
      call.outcome(Outcome.done());
      calls.incrementAndGet();
      try {
        realm.call(handler, call);
      } catch (LateException _) {
        return;
      } catch (RuntimeException e) {
        ScriptHost.log.trace("a rehearsal failed", e);
      }
      if (call.promise() != null) {
        return; // it would wait for what does not come
      }
    }
  }
}
