import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import java.util.Locale;

/**
 * Every message passes here; a refused message goes no further. All connections share one instance.
 */
@NonBlocking
@KeepsRoute
public final class NoShouting implements Filter {
  private final int letters;

  /**
   * The options, from lhttp.yaml.
   *
   * @param letters a text with this many letters, or fewer, may be in capitals
   */
  public record Options(int letters) {}

  public NoShouting(Options options) {
    this.letters = options.letters();
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var text = exchange.request().body();
    var upper = text.toUpperCase(Locale.ROOT);
    if (text.length() > letters
        && text.equals(upper)
        && !upper.equals(text.toLowerCase(Locale.ROOT))) {
      return exchange.refuse(422, "no shouting");
    }
    return chain.proceed(exchange);
  }
}
