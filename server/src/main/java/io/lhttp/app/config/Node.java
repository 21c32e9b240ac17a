package io.lhttp.app.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** A value of a YAML text, with its place. */
public sealed interface Node {
  Place place();

  /**
   * The value as strings, numbers, booleans, lists and maps; empty for {@link Nothing} and {@link
   * Unread}.
   */
  Optional<Object> plain();

  /** The value as error messages show it, without texts that look like secrets. */
  String describe();

  /**
   * The value as error messages show it. If the names of the keys suggest a secret, the value is
   * hidden.
   *
   * @param path the names of the keys that lead to the value
   */
  default String describe(String path) {
    return this instanceof Scalar scalar ? SecretMask.value(scalar.written(), path) : describe();
  }

  /** Decides by the type of this value whether excerpts show it, and all values in it. */
  default void mark(MaskedLines.Mark mark) {
    switch (this) {
      case Scalar scalar -> scalar.place().mark(mark);
      case Sequence sequence -> sequence.items().forEach(item -> item.mark(mark));
      case Mapping mapping -> mapping.entries().forEach(entry -> entry.value().mark(mark));
      case Nothing _ -> {} // it has no text
      case Unread unread -> unread.place().mark(mark);
    }
  }

  /**
   * @param text the value as text
   * @param written the text in the source, with the names of environment variables instead of their
   *     values, for error messages
   * @param value a String, a Number or a Boolean; always a String if the text contains a variable
   */
  record Scalar(Place place, String text, String written, Object value) implements Node {
    @Override
    public Optional<Object> plain() {
      return Optional.of(value);
    }

    @Override
    public String describe() {
      return SecretMask.value(written, "");
    }

    /**
     * Whether the value may be a secret itself, although the name of a file with the secret is
     * expected.
     */
    public boolean maybeSecretOfFile() {
      return SecretMask.mayBeInFile(written);
    }
  }

  record Sequence(Place place, List<Node> items) implements Node {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public Optional<Object> plain() {
      var plain = new ArrayList<Object>();
      items.forEach(item -> item.plain().ifPresent(plain::add));
      return Optional.of(List.copyOf(plain));
    }

    @Override
    public String describe() {
      return "a list";
    }
  }

  record Mapping(Place place, List<Entry> entries) implements Node {
    public Mapping {
      entries = List.copyOf(entries);
    }

    public Optional<Entry> entry(String key) {
      return entries.stream().filter(entry -> entry.key().equals(key)).findFirst();
    }

    /** Returns a copy with this entry. It replaces an entry with the same key, or comes last. */
    public Mapping with(Entry entry) {
      var changed = new LinkedHashMap<String, Entry>();
      entries.forEach(old -> changed.put(old.key(), old));
      changed.put(entry.key(), entry);
      return new Mapping(place, List.copyOf(changed.values()));
    }

    public Mapping without(String key) {
      return new Mapping(
          place, entries.stream().filter(entry -> !entry.key().equals(key)).toList());
    }

    @Override
    public Optional<Object> plain() {
      var plain = new LinkedHashMap<String, Object>();
      entries.forEach(
          entry -> entry.value().plain().ifPresent(value -> plain.put(entry.key(), value)));
      return Optional.of(Collections.unmodifiableMap(plain));
    }

    @Override
    public String describe() {
      return "keys with values";
    }
  }

  /**
   * One key with its value.
   *
   * @param place the place of the key
   */
  public record Entry(Place place, String key, Node value) {}

  /** The value of a key without a value, or {@code null}. */
  record Nothing(Place place) implements Node {
    @Override
    public Optional<Object> plain() {
      return Optional.empty();
    }

    @Override
    public String describe() {
      return "nothing";
    }
  }

  /** A value that could not be read; a problem says why. */
  record Unread(Place place) implements Node {
    @Override
    public Optional<Object> plain() {
      return Optional.empty();
    }

    @Override
    public String describe() {
      return "nothing";
    }
  }
}
