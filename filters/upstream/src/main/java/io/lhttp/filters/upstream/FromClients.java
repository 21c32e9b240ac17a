package io.lhttp.filters.upstream;

import io.lhttp.Principal;
import io.lhttp.outgoing.OutgoingPaths;
import java.util.Collection;
import java.util.List;
import okhttp3.HttpUrl;

/**
 * Which messages may name their own target with the header {@code upstream}: those that a rule
 * permits. What {@code allow}, {@code named} and {@code methods} do not permit stays forbidden.
 */
public record FromClients(List<Rule> rules) {
  /** No message may. */
  public static final FromClients NONE = new FromClients(List.of());

  /** Every message may. */
  public static final FromClients ANY =
      new FromClients(List.of(new Rule(List.of(), List.of(), List.of())));

  public FromClients {
    rules = List.copyOf(rules);
  }

  /**
   * Permits what fits all of its parts; an empty list fits everything.
   *
   * @param methods that a message may ask for
   * @param to targets, and all below them: a name of {@code named} with or without a path, or a URL
   * @param roles of which the sender's claim {@code roles} has to hold one
   */
  public record Rule(List<HttpMethod> methods, List<String> to, List<String> roles) {
    static final Rule DEFAULT = new Rule(List.of(), List.of(), List.of());

    public Rule {
      methods = List.copyOf(methods);
      to = List.copyOf(to);
      roles = List.copyOf(roles);
      for (var target : to) {
        requireTarget(target);
      }
    }

    private static void requireTarget(String target) {
      if (target.contains("://")) {
        try {
          AllowRule.parse(target);
          return;
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "'to' expects " + e.getMessage() + ", not '" + target + "'", e);
        }
      }
      var form = Route.NAMED.matcher(target);
      if (!form.matches() || target.contains("?") || !OutgoingPaths.plain(form.group(2))) {
        throw new IllegalArgumentException(
            "'to' expects a name of 'named', a path below one, or a URL, not '" + target + "'");
      }
    }

    boolean permits(HttpMethod method, String target, Principal sender) {
      return (methods.isEmpty() || methods.contains(method))
          && (to.isEmpty() || to.stream().anyMatch(mine -> covers(mine, target)))
          && (roles.isEmpty() || roles.stream().anyMatch(role -> holds(sender, role)));
    }

    private static boolean covers(String mine, String target) {
      if (mine.contains("://")) {
        var url = target.contains("://") ? HttpUrl.parse(target) : null;
        return url != null && AllowRule.parse(mine).allows(url);
      }
      var query = target.indexOf('?');
      var path = query < 0 ? target : target.substring(0, query);
      return OutgoingPaths.plain(path) && OutgoingPaths.under(mine, path);
    }

    private static boolean holds(Principal sender, String role) {
      var roles = sender.claims().get("roles");
      return roles instanceof Collection<?> several ? several.contains(role) : role.equals(roles);
    }
  }

  boolean permits(HttpMethod method, String target, Principal sender) {
    return rules.stream().anyMatch(rule -> rule.permits(method, target, sender));
  }
}
