package io.lhttp.scripts;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.chain.ForeignLink;
import java.util.List;

/** A processor whose functions are in a script. */
final class ScriptProcessor implements Processor, ForeignLink, MetricSource, AutoCloseable {
  private final ScriptInstance script;

  ScriptProcessor(ScriptInstance script) {
    this.script = script;
  }

  @Override
  public boolean has(String method) {
    return script.exports(method);
  }

  @Override
  public void onOpen(Exchange exchange) throws Exception {
    run(Handler.ON_OPEN, exchange);
  }

  @Override
  public void onMessage(Exchange exchange) throws Exception {
    run(Handler.ON_MESSAGE, exchange);
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

  @Override
  public List<Metric> metrics() {
    return script.metrics();
  }

  @Override
  public void close() {
    script.close();
  }

  private void run(Handler handler, Exchange exchange) throws Exception {
    var call = script.call(exchange.connection(), exchange);
    try {
      script.run(handler, call);
      var refusal = call.refusal();
      if (refusal != null && refusal.retryAfter().isPresent()) {
        // thrown because the refusal on the exchange lacks the pause
        throw new RefusedException(refusal);
      }
    } finally {
      call.end();
    }
  }
}
