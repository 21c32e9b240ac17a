package io.lhttp.filters.upstream;

import java.util.Optional;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/**
 * The target of one command's messages, as the operator configures it: {@code POST records}, {@code
 * GET records/latest?n=10} or {@code POST http://10.0.0.5:9000/record}.
 *
 * @param target the name of an upstream with an optional path, or a URL
 */
public record Route(HttpMethod method, String target) {
  static final Pattern NAMED =
      Pattern.compile("([A-Za-z0-9_-]{1,64})((?:/[^?#\\\\]*)?(?:\\?[^#\\\\]*)?)");

  private static final String EXPECTED =
      "a method, a space, and a name of 'named' or a URL, such as POST records";

  /**
   * Parses a route.
   *
   * @throws IllegalArgumentException with a text that completes a message after "expected"
   */
  public static Route parse(String text) {
    var space = text.indexOf(' ');
    if (space < 0) {
      throw new IllegalArgumentException(EXPECTED);
    }
    var target = text.substring(space + 1).strip();
    if (target.contains("://") ? !concrete(target) : !NAMED.matcher(target).matches()) {
      throw new IllegalArgumentException(EXPECTED);
    }
    return new Route(HttpMethod.parse(text.substring(0, space)), target);
  }

  /** The upstream's name; empty if the target is a URL. */
  Optional<String> name() {
    if (target.contains("://")) {
      return Optional.empty();
    }
    var form = NAMED.matcher(target);
    return form.matches() ? Optional.of(form.group(1)) : Optional.empty();
  }

  /** Returns a rule that allows the URL, without its query. */
  AllowRule rule() {
    return AllowRule.parse(beforeQuery(target));
  }

  /** The query of a URL, with its question mark; empty if it has none. */
  String query() {
    return target.substring(beforeQuery(target).length());
  }

  private static boolean concrete(String url) {
    return HttpUrl.parse(url) != null && AllowRule.parse(beforeQuery(url)).url().isPresent();
  }

  private static String beforeQuery(String url) {
    var mark = url.indexOf('?');
    return mark < 0 ? url : url.substring(0, mark);
  }
}
