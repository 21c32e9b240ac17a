package io.lhttp.app.config;

import io.lhttp.app.config.Node.Entry;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.config.Node.Unread;
import io.lhttp.internal.text.Nearest;
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

  /**
   * A value that one option of the command line puts into the settings.
   *
   * @param names the number of names in the option's key
   * @param options whether the value has options of a filter or processor, which may be secrets
   */
  private record Change(Node value, Place place, int names, boolean options) {}

  public Overrides(Function<String, @Nullable String> environment, Problems problems) {
    this.environment = environment;
    this.problems = problems;
  }

  /** Returns the node after this option was applied. A later option replaces an earlier one. */
  public Node apply(Node root, String option) {
    var place = Place.of("--set " + SecretMask.option(option));
    var equals = option.indexOf('=');
    var path =
        equals < 0 ? List.<String>of() : List.of(option.substring(0, equals).split("\\.", -1));
    if (path.isEmpty() || path.stream().anyMatch(String::isBlank)) {
      problems.add(place, "expected KEY=VALUE with a key such as listen or limits.message-bytes");
      return root;
    }
    var value = Yaml.option(place, option.substring(equals + 1), environment, problems);
    var options = SecretMask.isOptionOf(option.substring(0, equals));
    return put(root, path, new Change(value, place, path.size(), options));
  }

  private Node put(Node at, List<String> path, Change change) {
    if (path.isEmpty()) {
      return change.value();
    }
    return switch (at) {
      case Mapping mapping -> put(mapping, path, change);
      case Nothing _ -> put(new Mapping(change.place(), List.of()), path, change);
      case Sequence sequence -> put(sequence, path, change);
      case Unread _ -> at;
      case Scalar scalar -> {
        problems.add(
            change.place(),
            "'%s' would be a key of %s",
            SecretMask.word(path.getFirst()),
            change.options() ? "a text" : scalar.describe(String.join(".", path)));
        yield at;
      }
    };
  }

  private Node put(Mapping at, List<String> path, Change change) {
    var key = path.getFirst();
    var rest = rest(path);
    var old = at.entry(key).orElse(new Entry(change.place(), key, new Nothing(change.place())));
    var entryPlace = rest.isEmpty() ? change.place() : old.place();
    return at.with(new Entry(entryPlace, key, put(old.value(), rest, change)));
  }

  private Node put(Sequence at, List<String> path, Change change) {
    var names = names(at);
    var length = nameLength(path, names);
    if (length == 0) {
      var name = path.getFirst();
      var inOptions = change.options() && path.size() < change.names() - 1;
      problems.add(
          change.place(),
          "no item '%s' in the list%s",
          SecretMask.word(name, names),
          inOptions ? "" : Nearest.hint(name, names));
      return at;
    }
    var named = new ArrayList<String>();
    named.add(String.join(".", path.subList(0, length)));
    named.addAll(path.subList(length, path.size()));
    return new Sequence(
        at.place(), at.items().stream().map(item -> putIfNamed(item, named, change)).toList());
  }

  private Node putIfNamed(Node item, List<String> path, Change change) {
    var name = path.getFirst();
    if (item instanceof Scalar scalar && scalar.text().equals(name)) {
      var at = item.place();
      var named = new Mapping(at, List.of(new Entry(at, name, new Nothing(change.place()))));
      return put(named, path, change);
    }
    return item instanceof Mapping mapping && mapping.entry(name).isPresent()
        ? put(mapping, path, change)
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
