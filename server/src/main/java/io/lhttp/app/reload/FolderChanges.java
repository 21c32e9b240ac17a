package io.lhttp.app.reload;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.config.RecordTypes;
import io.lhttp.app.settings.Settings;
import io.lhttp.app.settings.Settings.Link;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Describes the differences between two readings of an application's folder, without any values,
 * because some are secrets.
 */
final class FolderChanges {
  /**
   * The settings that a reload applies; all other {@link Settings} stay as they were at the
   * server's start, but for the token of the admin listener, the keys of the server API, and the
   * sampling, the headers and the trust of tracing.
   */
  private static final Set<String> RELOADED =
      Set.of("chain", "processors", "java", "trace", "probation");

  private final List<String> found = new ArrayList<>();

  /**
   * The links that are replaced although neither their class nor their options have changed, each
   * with the reason.
   */
  private final Map<String, String> others = new LinkedHashMap<>();

  private FolderChanges() {}

  static FolderChanges between(Application before, Application after) {
    var changes = new FolderChanges();
    changes.files(before, after);
    changes.chain(before.settings().chain(), after.settings().chain());
    changes.compare(
        uses(before.settings()), uses(after.settings()), "processor ", " in lhttp.yaml");
    changes.compare(plain(before.settings()), plain(after.settings()), "", "");
    changes.others(before, after);
    return changes;
  }

  /**
   * Returns a line for each change.
   *
   * @param handedOver the links that took over state from their predecessors: names of filters, and
   *     of processors with the word {@code processor} before them
   * @param notTakingOver the links that could not, although their predecessors hand over
   */
  List<String> inWords(List<String> handedOver, List<String> notTakingOver) {
    var all = new ArrayList<>(found);
    others.forEach((name, why) -> {
      var state = handedOver.contains(name) ? "" : ", without its state";
      all.add("%s replaced, too%s: %s".formatted(name, state, why));
    });
    handedOver.forEach(name -> all.add(name + " handed over"));
    notTakingOver.forEach(name -> all.add(name + " no longer hands over: its state is lost"));
    return all;
  }

  /** Returns the changed keys of {@code lhttp.yaml} that take effect only after a restart. */
  static List<String> thatNeedARestart(Settings running, Settings written) {
    return Arrays.stream(Settings.class.getRecordComponents())
        .filter(component -> !RELOADED.contains(RecordTypes.key(component)))
        .filter(component ->
            switch (RecordTypes.key(component)) {
              case "admin" -> !running.hasAdminListenerOf(written);
              case "api" -> !running.api().listen().equals(written.api().listen());
              case "tracing" -> !running.hasExporterOf(written);
              default ->
                  !Objects.equals(
                      RecordTypes.read(component, running), RecordTypes.read(component, written));
            })
        .map(RecordTypes::key)
        .map(key -> key.equals("api") ? "api.listen" : key) // a reload takes api.keys
        .toList();
  }

  private void chain(List<Link> before, List<Link> after) {
    var old = byName(before);
    var next = byName(after);
    next.keySet().stream()
        .filter(name -> !old.containsKey(name))
        .forEach(name -> found.add(name + " joined the chain"));
    old.keySet().stream()
        .filter(name -> !next.containsKey(name))
        .forEach(name -> found.add(name + " left the chain"));
    old.forEach((name, link) -> {
      if (next.containsKey(name)) {
        options(name, link, Objects.requireNonNull(next.get(name)));
      }
    });
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

  /** Finds the links that are replaced although neither their class nor their options changed. */
  private void others(Application before, Application after) {
    var names = new LinkedHashMap<String, String>();
    var old = byName(before.settings().chain());
    for (var link : after.settings().chain()) {
      var was = old.get(link.name());
      if (was != null
          && was.filterName().equals(link.filterName())
          && was.options().plain().equals(link.options().plain())) {
        names.put(link.name(), link.filterName());
      }
    }
    after
        .settings()
        .processors()
        .forEach((command, use) ->
            Optional.ofNullable(before.settings().processors().get(command))
                .filter(was -> was.className().equals(use.className()))
                .flatMap(_ -> use.className())
                .ifPresent(className -> names.put("processor " + command, className)));
    names.forEach((name, className) ->
        after
            .code()
            .replacedAlthoughUnchanged(className, before.code())
            .ifPresent(why -> others.put(name, why)));
  }

  /**
   * Compares the scripts. A script whose file still exists, but that left the chain, is not
   * reported as removed.
   */
  private void files(Application before, Application after) {
    var old = new TreeMap<>(before.files());
    old.keySet()
        .removeIf(
            name -> !after.files().containsKey(name) && Files.exists(after.folder().resolve(name)));
    compare(old, after.files(), "", "");
  }

  /** Adds the names of the options that differ, without their values. */
  private void options(String name, Link before, Link after) {
    var names = new TreeSet<String>();
    if (!before.filterName().equals(after.filterName())) {
      names.add("filter");
    }
    if (before.onError() != after.onError()) {
      names.add("on-error");
    }
    differences(
        "",
        before.options().plain().orElse(Map.of()),
        after.options().plain().orElse(Map.of()),
        names);
    if (!names.isEmpty()) {
      found.add("%s of %s changed".formatted(String.join(", ", names), name));
    }
  }

  private static void differences(String path, Object before, Object after, Set<String> names) {
    if (before instanceof Map<?, ?> old && after instanceof Map<?, ?> next) {
      var keys = new LinkedHashSet<Object>(old.keySet());
      keys.addAll(next.keySet());
      for (var key : keys) {
        var inner = path.isEmpty() ? String.valueOf(key) : path + "." + key;
        if (old.containsKey(key) && next.containsKey(key)) {
          differences(
              inner,
              Objects.requireNonNull(old.get(key)),
              Objects.requireNonNull(next.get(key)),
              names);
        } else {
          names.add(inner);
        }
      }
    } else if (!before.equals(after)) {
      names.add(path.isEmpty() ? "options" : path);
    }
  }

  /**
   * Returns the links by name, so that a link that only moved to another line of the file is no
   * change.
   */
  private static Map<String, Link> byName(List<Link> chain) {
    return chain.stream()
        .collect(Collectors.toMap(Link::name, link -> link, (a, _) -> a, LinkedHashMap::new));
  }

  private static Map<String, Object> plain(Settings settings) {
    return Map.of(
        "java",
        settings.java(),
        "trace",
        settings.trace(),
        "probation",
        settings.probation(),
        "tracing",
        settings.tracing(),
        "admin.token",
        settings.adminToken(),
        "api.keys",
        settings.api().keys());
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
