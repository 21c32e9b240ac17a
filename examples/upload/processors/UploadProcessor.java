import io.lhttp.Exchange;
import io.lhttp.Processor;

/** Replies to each part of a message with the part's type and length. */
public final class UploadProcessor implements Processor {
  @Override
  public void onMessage(Exchange exchange) {
    var parts = exchange.request().parts();
    for (var i = 0; i < parts.size(); i++) {
      var part = parts.get(i);
      exchange
          .reply()
          .header("part", (i + 1) + " of " + parts.size())
          .header("content-type", part.header("content-type").orElse("unknown"))
          .body(part.bodyBuffer().remaining() + " bytes")
          .send();
    }
  }
}
