import io.lhttp.Exchange;
import io.lhttp.NonBlocking;
import io.lhttp.Processor;

/** Answers the command "say", as lhttp.yaml says. */
@NonBlocking
public final class Say implements Processor {
  @Override
  public void onMessage(Exchange exchange) {
    exchange.send("you said " + exchange.request().body());
  }
}
