import io.lhttp.Exchange;
import io.lhttp.Processor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs each message and sends it back. */
public final class ChatProcessor implements Processor {
  private static final Logger log = LoggerFactory.getLogger(ChatProcessor.class);

  @Override
  public void onMessage(Exchange exchange) {
    log.info("on message: {}", exchange.request().body());
    exchange.send(exchange.request().body());
  }
}
