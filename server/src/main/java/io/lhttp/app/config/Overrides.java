package io.lhttp.app.config;

import io.lhttp.app.config.Node.Entry;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.config.Node.Unread;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Applies options {@code --set KEY=VALUE}, each of which replaces a value of the file. Dots
 * separate the names of the key. In a list of names with options, such as the chain, a name selects
 * its item. The value is YAML.
 */
public final class Overrides {
  private final Function<String, @Nullable String> environment;
  private final Problems problems;

  public Overrides(Function<String, @Nullable String> environment, Problems problems) {
    this.environment = environment;
    this.problems = problems;
  }

  /** Returns the node after this option was applied. A later option replaces an earlier one. */
  public Node apply(Node root, String option) {
    var place = Place.of("--set " + Shown.option(option));
    var equals = option.indexOf('=');
    var path =
        equals < 0 ? List.<String>of() : List.of(option.substring(0, equals).split("\\.", -1));
    if (path.isEmpty() || path.stream().anyMatch(String::isBlank)) {
      problems.add(place, "expected KEY=VALUE with a key such as listen or limits.message-bytes");
      return root;
    }
    var value = Yaml.option(place, option.substring(equals + 1), environment, problems);
    return put(root, path, value, place);
  }

  private Node put(Node at, List<String> path, Node value, Place place) {
    if (path.isEmpty()) {
      return value;
    }
    return switch (at) {
      case Mapping mapping -> put(mapping, path, value, place);
      case Nothing _ -> put(new Mapping(place, List.of()), path, value, place);
      case Sequence sequence -> put(sequence, path, value, place);
      case Unread _ -> at;
      case Scalar scalar -> {
        problems.add(
            place,
            "'%s' would be a key of %s",
            Shown.word(path.getFirst()),
            scalar.describe(String.join(".", path)));
        yield at;
      }
    };
  }

  private Node put(Mapping at, List<String> path, Node value, Place place) {
    var key = path.getFirst();
    var rest = rest(path);
    var old = at.entry(key).orElse(new Entry(place, key, new Nothing(place)));
    var entryPlace = rest.isEmpty() ? place : old.place();
    return at.with(new Entry(entryPlace, key, put(old.value(), rest, value, place)));
  }

  private Node put(Sequence at, List<String> path, Node value, Place place) {
    var names = names(at);
    var length = nameLength(path, names);
    if (length == 0) {
      var name = path.getFirst();
      problems.add(
          place, "no item '%s' in the list%s", Shown.word(name, names), Nearest.hint(name, names));
      return at;
    }
    var named = new ArrayList<String>();
    named.add(String.join(".", path.subList(0, length)));
    named.addAll(path.subList(length, path.size()));
    return new Sequence(
        at.place(),
        at.items().stream().map(item -> putIfNamed(item, named, value, place)).toList());
  }

  private Node putIfNamed(Node item, List<String> path, Node value, Place place) {
    var name = path.getFirst();
    if (item instanceof Scalar scalar && scalar.text().equals(name)) {
      var at = item.place();
      var named = new Mapping(at, List.of(new Entry(at, name, new Nothing(place))));
      return put(named, path, value, place);
    }
    return item instanceof Mapping mapping && mapping.entry(name).isPresent()
        ? put(mapping, path, value, place)
        : item;
  }

  private static List<String> names(Sequence sequence) {
    var names = new ArrayList<String>();
    for (var item : sequence.items()) {
      if (item instanceof Scalar scalar) {
        names.add(scalar.text());
      } else if (item instanceof Mapping mapping) {
        mapping.entries().forEach(entry -> names.add(entry.key()));
      }
    }
    return names;
  }

  /**
   * Returns the number of leading parts of the path that form the name of an item, because such
   * names may contain dots; the longest such name wins. Returns 0 if no name fits.
   */
  private static int nameLength(List<String> path, List<String> names) {
    for (var length = path.size(); length > 0; length--) {
      if (names.contains(String.join(".", path.subList(0, length)))) {
        return length;
      }
    }
    return 0;
  }

  private static List<String> rest(List<String> path) {
    return path.subList(1, path.size());
  }
}
