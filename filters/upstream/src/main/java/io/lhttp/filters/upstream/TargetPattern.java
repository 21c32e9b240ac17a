package io.lhttp.filters.upstream;

import io.lhttp.outgoing.OutgoingPaths;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of targets that messages may name: the name of an upstream with an optional path, or a
 * URL as in {@link AllowRule}. A pattern covers all paths below its own. Immutable.
 */
public final class TargetPattern {
  private final String text;
  private final Optional<AllowRule> rule;

  private TargetPattern(String text, Optional<AllowRule> rule) {
    this.text = text;
    this.rule = rule;
  }

  /**
   * Parses a pattern.
   *
   * @throws IllegalArgumentException with a text that completes a message after "expected"
   */
  public static TargetPattern parse(String text) {
    if (isUrl(text)) {
      return new TargetPattern(text, Optional.of(AllowRule.parse(text)));
    }
    var form = Route.NAMED.matcher(text);
    if (!form.matches() || text.contains("?") || !OutgoingPaths.plain(form.group(2))) {
      throw new IllegalArgumentException("a name of 'named', a path below one, or a URL");
    }
    return new TargetPattern(text, Optional.empty());
  }

  /**
   * Returns the URL that a message names as its target; null if it names an upstream, or no valid
   * URL.
   */
  static @Nullable HttpUrl url(String target) {
    return isUrl(target) ? HttpUrl.parse(target) : null;
  }

  /**
   * Whether the pattern covers a target.
   *
   * @param url the {@link #url} of the target
   */
  boolean covers(String target, @Nullable HttpUrl url) {
    if (rule.isPresent()) {
      return url != null && rule.get().allows(url);
    }
    var query = target.indexOf('?');
    var path = query < 0 ? target : target.substring(0, query);
    return OutgoingPaths.plain(path) && OutgoingPaths.under(text, path);
  }

  private static boolean isUrl(String text) {
    return text.contains("://");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TargetPattern pattern && pattern.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
