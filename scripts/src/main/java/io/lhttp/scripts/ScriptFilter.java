package io.lhttp.scripts;

import io.lhttp.Chain;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.chain.ForeignLink;
import java.util.List;

/** A filter whose functions are in a script. */
final class ScriptFilter implements Filter, ForeignLink, MetricSource, AutoCloseable {
  private final ScriptInstance script;
  private final boolean before;
  private final boolean after;

  ScriptFilter(ScriptInstance script) {
    this.script = script;
    this.before = script.has(Handler.BEFORE);
    this.after = script.has(Handler.AFTER);
  }

  @Override
  public boolean has(String method) {
    return script.exports(method);
  }

  @Override
  public void onOpen(Connection connection) throws Exception {
    script.run(Handler.ON_OPEN, connection);
  }

  @Override
  public void onJoin(Connection connection) throws Exception {
    script.run(Handler.ON_JOIN, connection);
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
  public void onReview(Connection connection) throws Exception {
    script.run(Handler.ON_REVIEW, connection);
  }

  @Override
  public void onLeave(Connection connection) throws Exception {
    script.leave(connection);
  }

  @Override
  public void onClose(Connection connection) throws Exception {
    script.run(Handler.ON_CLOSE, connection);
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
}
