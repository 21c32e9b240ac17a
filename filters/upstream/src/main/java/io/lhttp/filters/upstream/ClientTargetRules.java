package io.lhttp.filters.upstream;

import io.lhttp.Principal;
import java.util.Collection;
import java.util.List;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * The rules that permit messages to name their own target in the header {@code upstream}. The
 * options {@code allow}, {@code named} and {@code methods} apply as well. Immutable.
 */
public record ClientTargetRules(List<Rule> rules) {
  /** Permits no message to name a target. */
  public static final ClientTargetRules NONE = new ClientTargetRules(List.of());

  /** Permits every message to name a target. */
  public static final ClientTargetRules ANY =
      new ClientTargetRules(List.of(new Rule(List.of(), List.of(), List.of())));

  public ClientTargetRules {
    rules = List.copyOf(rules);
  }

  /**
   * Permits the messages that fit all parts of the rule; an empty list fits all messages.
   *
   * @param methods the methods of requests; by default all that the option {@code methods} has
   * @param to the targets, each with all paths below it; by default all
   * @param roles one of these must be in the sender's claim {@code roles}; by default none is
   *     needed
   */
  public record Rule(List<HttpMethod> methods, List<TargetPattern> to, List<String> roles) {
    static final Rule DEFAULT = new Rule(List.of(), List.of(), List.of());

    public Rule {
      methods = List.copyOf(methods);
      to = List.copyOf(to);
      roles = List.copyOf(roles);
    }

    private boolean permits(
        HttpMethod method, String target, @Nullable HttpUrl url, Principal sender) {
      return (methods.isEmpty() || methods.contains(method))
          && (to.isEmpty() || covers(target, url))
          && (roles.isEmpty() || holds(sender));
    }

    private boolean covers(String target, @Nullable HttpUrl url) {
      for (var pattern : to) {
        if (pattern.covers(target, url)) {
          return true;
        }
      }
      return false;
    }

    private boolean holds(Principal sender) {
      var held = sender.claims().get("roles");
      for (var role : roles) {
        if (held instanceof Collection<?> several ? several.contains(role) : role.equals(held)) {
          return true;
        }
      }
      return false;
    }
  }

  boolean permits(HttpMethod method, String target, Principal sender) {
    var url = TargetPattern.url(target);
    for (var rule : rules) {
      if (rule.permits(method, target, url, sender)) {
        return true;
      }
    }
    return false;
  }
}
