package io.lhttp.scripts;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import java.util.List;

/** A processor whose functions are in a script. */
class ScriptProcessor implements Processor, MetricSource, AutoCloseable {
  final ScriptInstance script;

  private ScriptProcessor(ScriptInstance script) {
    this.script = script;
  }

  /**
   * Returns a processor that overrides {@code onOpen} and {@code onClose} only if the script
   * exports them.
   */
  static Processor of(ScriptInstance script) {
    return script.has(Handler.ON_OPEN) || script.has(Handler.ON_CLOSE)
        ? new Hooked(script)
        : new ScriptProcessor(script);
  }

  @Override
  public void onMessage(Exchange exchange) throws Exception {
    run(Handler.ON_MESSAGE, exchange);
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

  final void run(Handler handler, Exchange exchange) throws Exception {
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

  private static final class Hooked extends ScriptProcessor {
    Hooked(ScriptInstance script) {
      super(script);
    }

    @Override
    public void onOpen(Exchange exchange) throws Exception {
      run(Handler.ON_OPEN, exchange);
    }

    @Override
    public void onClose(Connection connection) throws Exception {
      script.run(Handler.ON_CLOSE, connection);
    }
  }
}
