package io.lhttp.filters.auth;

import io.lhttp.Principal;
import io.lhttp.filters.auth.AuthOptions.Action;
import io.lhttp.filters.auth.AuthOptions.Permission;
import java.util.Collection;
import java.util.List;

/**
 * The rules that say which users may use which channels; the filter owns it. With at least one
 * rule, a user may do only what a rule allows. Immutable.
 */
final class Permissions {
  private final List<Permission> rules;

  /**
   * The separators of all rules: a user's value that contains one of them could make a rule match
   * another, longer channel.
   */
  private final String separators;

  Permissions(List<Permission> rules) {
    this.rules = rules;
    this.separators = ChannelPattern.separators(rules.stream().map(Permission::channel).toList());
  }

  boolean unlimited() {
    return rules.isEmpty();
  }

  boolean allow(Principal principal, Action action, String channel) {
    for (var rule : rules) {
      if (rule.allow().contains(action)
          && concerns(rule, principal)
          && rule.channel().matches(channel, principal, separators)) {
        return true;
      }
    }
    return rules.isEmpty();
  }

  private static boolean concerns(Permission rule, Principal principal) {
    if (rule.role().isPresent() && !holds(principal, Roles.CLAIM, rule.role().get())) {
      return false;
    }
    for (var claim : rule.claims().entrySet()) {
      if (!holds(principal, claim.getKey(), claim.getValue())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a claim has the wanted value. Numbers are compared by their text, because YAML and the
   * token may have them in different types.
   */
  private static boolean holds(Principal principal, String claim, Object wanted) {
    var value = principal.claims().get(claim);
    if (value instanceof Collection<?> several && !(wanted instanceof Collection<?>)) {
      return several.stream().anyMatch(one -> same(one, wanted));
    }
    return value != null && same(value, wanted);
  }

  private static boolean same(Object value, Object wanted) {
    return (value instanceof Number && wanted instanceof Number)
        ? value.toString().equals(wanted.toString())
        : value.equals(wanted);
  }
}
