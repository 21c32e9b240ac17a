package io.lhttp.app.reload;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.config.Binder;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.settings.Settings.Link;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Describes the differences between two readings of a folder. Never shows values, because some are
 * secrets.
 */
final class Changes {
  /**
   * The settings that a reload changes; all other {@link Settings} are fixed at the server's start.
   */
  private static final Set<String> RELOADED = Set.of("chain", "processors", "trace", "probation");

  private final List<String> found = new ArrayList<>();

  private Changes() {}

  static List<String> between(Application before, Application after) {
    var changes = new Changes();
    changes.compare(before.files(), after.files(), "", "");
    changes.chain(before.settings().chain(), after.settings().chain());
    changes.compare(
        uses(before.settings()), uses(after.settings()), "processor ", " in lhttp.yaml");
    changes.compare(plain(before.settings()), plain(after.settings()), "", "");
    return List.copyOf(changes.found);
  }

  /** The changed keys of {@code lhttp.yaml} that have no effect until a restart. */
  static List<String> thatNeedARestart(Settings running, Settings written) {
    return Arrays.stream(Settings.class.getRecordComponents())
        .filter(component -> !RELOADED.contains(Binder.key(component)))
        .filter(component ->
            !Objects.equals(Binder.read(component, running), Binder.read(component, written)))
        .map(Binder::key)
        .toList();
  }

  private void chain(List<Link> before, List<Link> after) {
    var old = byName(before);
    var next = byName(after);
    compare(old, next, "", " in the chain");
    var kept = new LinkedHashSet<>(old.keySet());
    kept.retainAll(next.keySet());
    var stillThere = new LinkedHashSet<>(next.keySet());
    stillThere.retainAll(old.keySet());
    if (!List.copyOf(kept).equals(List.copyOf(stillThere))) {
      found.add("order " + after.stream().map(Link::name).collect(Collectors.joining(" > ")));
    }
  }

  private void compare(Map<String, ?> before, Map<String, ?> after, String prefix, String suffix) {
    var names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    for (var name : names) {
      if (!before.containsKey(name)) {
        found.add(prefix + name + suffix + " added");
      } else if (!after.containsKey(name)) {
        found.add(prefix + name + suffix + " removed");
      } else if (!Objects.equals(before.get(name), after.get(name))) {
        found.add(prefix + name + suffix + " changed");
      }
    }
  }

  /** Compares links without their places, because a moved line is no change. */
  private static Map<String, List<Object>> byName(List<Link> chain) {
    return chain.stream()
        .collect(
            Collectors.toMap(
                Link::name,
                link -> List.of(link.onError(), link.options().plain()),
                (a, _) -> a,
                LinkedHashMap::new));
  }

  private static Map<String, Object> plain(Settings settings) {
    return Map.of("trace", settings.trace(), "probation", settings.probation());
  }

  private static Map<String, Object> uses(Settings settings) {
    return settings.processors().entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry ->
                    List.of(entry.getValue().className(), entry.getValue().options().plain())));
  }
}
