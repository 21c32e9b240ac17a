import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.Secrets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Issues tokens for this example without a check: the body names the user jack, mike or mod. A real
 * application gets tokens from an identity provider, and configures the provider's keys.
 */
public final class TokenProcessor implements Processor {
  private static final Map<String, String> CLAIMS =
      Map.of(
          "jack", "\"roles\":[\"member\"],\"rooms\":[\"kitchen\",\"garden\"]",
          "mike", "\"roles\":[\"member\"],\"rooms\":[\"kitchen\"]",
          "mod", "\"roles\":[\"member\",\"moderator\"]");

  private static final long SECONDS = 3600;

  private final byte[] secret;

  record Options(Secrets secret) {}

  TokenProcessor(Options options) {
    secret = options.secret().all().getFirst().bytes();
  }

  @Override
  public void onMessage(Exchange exchange) throws GeneralSecurityException {
    var user = exchange.request().body().strip();
    var claims = CLAIMS.get(user);
    if (claims == null) {
      exchange.refuse(422, "there are jack, mike and mod");
      return;
    }
    var expires = Instant.now().getEpochSecond() + SECONDS;
    exchange
        .reply()
        .header("user", user)
        .body(sign("{\"sub\":\"%s\",\"exp\":%d,%s}".formatted(user, expires, claims)))
        .send();
  }

  private String sign(String claims) throws GeneralSecurityException {
    var input =
        base64("{\"alg\":\"HS256\"}".getBytes(UTF_8)) + "." + base64(claims.getBytes(UTF_8));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    return input + "." + base64(mac.doFinal(input.getBytes(UTF_8)));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
