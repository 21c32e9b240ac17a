package io.lhttp.scripts;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Calls a script's handlers often enough for the engine to compile them, before the first message
 * does. This happens in a context of its own and without effects: code belongs to the engine, what
 * modules remember to the context.
 */
final class Warming {
  /** The engine's last tier compiles what was called 10,000 times. */
  private static final int CALLS = 15_000;

  private static final Duration TIME = Duration.ofMillis(2_500);
  private static final Duration CALL_TIME = Duration.ofMillis(500);

  private final ScriptHost host;
  private final Script script;
  private final Role role;
  private final String options;
  private final Limits limits;
  private final Message[] messages;
  private final AtomicInteger calls = new AtomicInteger();
  private volatile @Nullable SystemThread worker;

  /**
   * @param command of the messages
   */
  Warming(ScriptHost host, Script script, Role role, String command, String options) {
    this.host = host;
    this.script = script;
    this.role = role;
    this.options = options;
    this.limits = host.limits.withCallTime(CALL_TIME);
    this.messages =
        new Message[] {
          Message.of(command, "{}"),
          Message.builder(command).header("id", "1").header("from", "a").body("text").build()
        };
  }

  /**
   * Waits for {@link #TIME} at the most, whatever the script does; what nothing stops is left to
   * itself then, and what fails is no error. Returns how many calls were made.
   */
  int run() {
    var thread = Thread.ofPlatform().daemon().name("lhttp-script-warming").start(this::rehearse);
    try {
      thread.join(TIME);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    var late = worker;
    if (late != null) {
      late.standBack();
    }
    return calls.get();
  }

  private void rehearse() {
    var self = SystemThread.current();
    worker = self;
    try {
      rehearseAll();
    } finally {
      self.end();
    }
  }

  private void rehearseAll() {
    var end = System.nanoTime() + TIME.toNanos();
    var effects = Effects.none(host);
    try (var realm = new Realm(host, limits, script, host.thread(0), options, effects)) {
      for (var handler : Handler.values()) {
        if (realm.has(handler)) {
          rehearse(realm, handler, end);
        }
      }
    } catch (RuntimeException e) {
      ScriptHost.log.debug("a script was not warmed name={}", script.name(), e);
    }
  }

  private void rehearse(Realm realm, Handler handler, long end) {
    for (var i = 0; i < CALLS && System.nanoTime() - end < 0; i++) {
      var rehearsal = new Rehearsal(messages[i % messages.length]);
      var call = new Call(rehearsal, role.hasMessage(handler) ? rehearsal : null, limits);
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
