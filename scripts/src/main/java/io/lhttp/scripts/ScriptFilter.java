package io.lhttp.scripts;

import io.lhttp.Chain;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import java.util.List;

/** A filter whose functions are in a script. */
class ScriptFilter implements Filter, MetricSource, AutoCloseable {
  final ScriptInstance script;
  private final boolean before;
  private final boolean after;

  private ScriptFilter(ScriptInstance script) {
    this.script = script;
    this.before = script.has(Handler.BEFORE);
    this.after = script.has(Handler.AFTER);
  }

  /**
   * Returns a filter that overrides {@code onOpen} and {@code onClose} only if the script exports
   * them.
   */
  static Filter of(ScriptInstance script) {
    if (script.has(Handler.ON_REVIEW)) {
      return new Reviewing(script);
    }
    return script.has(Handler.ON_OPEN) || script.has(Handler.ON_CLOSE)
        ? new Hooked(script)
        : new ScriptFilter(script);
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var call = script.call(exchange.connection(), exchange);
    try {
      if (before) {
        script.run(Handler.BEFORE, call);
        var refusal = call.refusal();
        if (refusal != null) {
          return refusal;
        }
      }
      var outcome = chain.proceed(exchange);
      if (after) {
        call.outcome(outcome);
        script.run(Handler.AFTER, call);
        var refusal = call.refusal();
        return refusal == null ? outcome : refusal;
      }
      return outcome;
    } finally {
      call.end();
    }
  }

  @Override
  public boolean mayBlock() {
    return script.mayBlock();
  }

  /**
   * Whether the filter never changes a message's route. A script without {@code before} changes no
   * message.
   */
  @Override
  public boolean keepsRoute() {
    return !before;
  }

  @Override
  public List<Metric> metrics() {
    return script.metrics();
  }

  @Override
  public void close() {
    script.close();
  }

  /** A filter whose script exports {@code onReview}. */
  private static final class Reviewing extends Hooked {
    Reviewing(ScriptInstance script) {
      super(script);
    }

    @Override
    public void onReview(Connection connection) throws Exception {
      script.run(Handler.ON_REVIEW, connection);
    }
  }

  private static class Hooked extends ScriptFilter {
    Hooked(ScriptInstance script) {
      super(script);
    }

    @Override
    public void onOpen(Connection connection) throws Exception {
      script.run(Handler.ON_OPEN, connection);
    }

    @Override
    public void onClose(Connection connection) throws Exception {
      script.run(Handler.ON_CLOSE, connection);
    }
  }
}
