package io.lhttp.app.assembly;

import io.lhttp.Filter;
import io.lhttp.app.code.UserCode;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.SecretMask;
import io.lhttp.app.settings.Settings.Link;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Checks the names of the links of one chain: no name may stand in the chain twice, and a link's
 * own name must not be the name of a filter. Confined to the thread that assembles the chain.
 */
final class ChainNames {
  /**
   * The valid names of links. They fit into metrics, traces, logs and keys of {@code --set} without
   * quotes.
   */
  private static final Pattern OWN_NAME =
      Pattern.compile("[\\p{L}\\p{N}_$][\\p{L}\\p{N}_$.-]{0,99}");

  /** Filters that a chain may have only once, each with the reason. */
  private static final Map<String, String> ONCE =
      Map.of(
          "auth",
          "a connection has one user: one auth accepts several issuers and keys",
          "pubsub",
          "a second one would publish each message twice");

  private final UserCode code;
  private final ScriptFolder scripts;
  private final Problems problems;

  /** The links that were admitted so far, by name. */
  private final Map<String, Link> byName = new HashMap<>();

  /** The places of the admitted links whose filter is in {@link #ONCE}, by filter. */
  private final Map<String, Place> single = new HashMap<>();

  ChainNames(UserCode code, ScriptFolder scripts, Problems problems) {
    this.code = code;
    this.scripts = scripts;
    this.problems = problems;
  }

  /**
   * Returns whether the link may be in the chain; otherwise a problem says why not.
   *
   * @param chain all links of the chain
   */
  boolean admit(Link link, List<Link> chain) {
    var before = problems.size();
    if (link.hasOwnName()) {
      ownName(link, chain);
    } else {
      misspeltKey(link);
    }
    if (problems.size() == before) {
      once(link);
    }
    return problems.size() == before;
  }

  private void once(Link link) {
    var filter = link.filterName();
    var shown = SecretMask.word(link.name());
    var reason = ONCE.get(filter);
    var first = reason == null ? null : single.putIfAbsent(filter, link.filterPlace());
    var same = byName.putIfAbsent(link.name(), link);
    if (reason != null && first != null) {
      problems.add(
          link.filterPlace(),
          "the filter '%s' stands twice in the chain%s: %s",
          filter,
          line(first),
          reason);
    } else if (same != null && same.filterName().equals(filter)) {
      problems.add(
          link.chosenAt(),
          "the filter '%s' stands twice in the chain%s: give this one a name of its own, as in"
              + " '%s-2: { filter: %s }'",
          shown,
          line(same.chosenAt()),
          shown,
          SecretMask.word(filter));
    } else if (same != null) {
      problems.add(
          link.chosenAt(),
          "the name '%s' stands twice in the chain%s: give this one another",
          shown,
          line(same.chosenAt()));
    }
  }

  private static String line(Place first) {
    return first.line() == 0 ? ", first by " + first : ", first in line " + first.line();
  }

  private void ownName(Link link, List<Link> chain) {
    var filter = link.filterName();
    if (!OWN_NAME.matcher(link.name()).matches()) {
      problems.add(
          link.place(),
          "'%s' is no name for a filter: it has 1 to 100 letters, digits, and the characters . _ - $,"
              + " and begins with none of . and -",
          SecretMask.word(link.name()));
      return;
    }
    var taken = filterOf(link.name());
    if (!taken.isEmpty()) {
      problems.add(
          link.chosenAt(),
          "'%s' is %s, so another filter can't have this name: 'filter' says which filter a name of"
              + " its own stands for, and is never an option",
          link.name(),
          taken);
      return;
    }
    if (filterOf(filter).isEmpty()) {
      chain.stream()
          .filter(other -> other.hasOwnName() && other.name().equals(filter))
          .findFirst()
          .ifPresent(other ->
              problems.add(
                  link.filterPlace(),
                  "'%s' is a name in this chain: write 'filter: %s', which it stands for",
                  SecretMask.word(filter),
                  SecretMask.word(other.filterName())));
    }
  }

  /**
   * Adds a problem if a link's name is no filter, and one of its options is a probable misspelling
   * of the key {@code filter}.
   */
  private void misspeltKey(Link link) {
    if (link.options() instanceof Mapping options
        && link.filter().isEmpty()
        && code.complete()
        && filterOf(link.name()).isEmpty()) {
      options.entries().stream()
          .filter(option ->
              option.value() instanceof Scalar scalar && !filterOf(scalar.text()).isEmpty())
          .findFirst()
          .ifPresent(option ->
              problems.add(
                  option.place(),
                  "unknown filter '%s': with a name of its own, the filter is written 'filter: %s',"
                      + " not '%s'",
                  SecretMask.word(link.name()),
                  ((Scalar) option.value()).text(),
                  SecretMask.word(option.key())));
    }
  }

  /** Says which filter has this name; empty if none has. */
  private String filterOf(String name) {
    if (BuiltInFilters.find(name).isPresent()) {
      return "a filter that comes with the server";
    } else if (scripts.filterNames().contains(name)) {
      return "the filter " + scripts.filterFile(name);
    }
    return code.has(name, Filter.class) ? "a filter of this folder" : "";
  }
}
