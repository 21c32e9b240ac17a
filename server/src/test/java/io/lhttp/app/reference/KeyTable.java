package io.lhttp.app.reference;

import io.lhttp.app.config.Form;
import io.lhttp.app.config.Form.Either;
import io.lhttp.app.config.Form.Entries;
import io.lhttp.app.config.Form.Items;
import io.lhttp.app.config.Form.Keys;
import io.lhttp.app.config.Form.Kind;
import io.lhttp.app.config.Form.One;
import io.lhttp.app.config.Form.Word;
import io.lhttp.app.config.Form.Words;
import io.lhttp.app.settings.BrokerChoice;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A table of keys in Markdown: each with its type, its default and its meaning. */
final class KeyTable {
  private static final Pattern RECORD = Pattern.compile(".*\\w\\[.*", Pattern.DOTALL);

  private final Javadocs javadocs;

  /** The rows by key. */
  private final Map<String, String> rows = new LinkedHashMap<>();

  KeyTable(Javadocs javadocs) {
    this.javadocs = javadocs;
  }

  /** Adds keys, each with those below it. */
  KeyTable with(List<Form.Key> keys) {
    keys.forEach(key -> add("", key));
    return this;
  }

  /** The names of the rows, without the names that users choose. */
  List<String> names() {
    return List.copyOf(rows.keySet());
  }

  String markdown() {
    return "| key | type | default | meaning |\n| --- | --- | --- | --- |\n"
        + String.join("\n", rows.values());
  }

  private void add(String path, Form.Key key) {
    var name = path + key.name();
    var meaning = javadocs.of(key.component());
    var cells =
        List.of(
            "`" + name + "`",
            type(key.form()),
            key.required() ? "needed" : fallback(key, meaning),
            meaning + constants(key.form()));
    rows.put(
        name,
        cells.stream()
            .map(cell -> cell.replace("|", "\\|"))
            .collect(Collectors.joining(" | ", "| ", " |")));
    below(name, key.form());
  }

  private void below(String name, Form form) {
    switch (form) {
      case Keys keys -> keys.keys().forEach(key -> add(name + ".", key));
      case Items items -> below(name + "[]", items.item());
      case Entries entries -> below(name + ".NAME", entries.value());
      case Either either -> either.forms().forEach(each -> below(name, each));
      case One _, Words _, Word _, Form.Anything _ -> {}
    }
  }

  private static String type(Form form) {
    return switch (form) {
      case One one -> one.words();
      case Word word -> "`" + word.word() + "`";
      case Words words ->
          words.constants().keySet().stream()
              .map(word -> "`" + word + "`")
              .collect(Collectors.joining(", ", "one of ", ""));
      case Items(Keys _) -> "a list, each with the keys below";
      case Items(Form item) -> "a list, each " + type(item);
      case Entries(Keys _) -> "names of your own, each with the keys below";
      case Entries(Form value) -> "names of your own, each with " + type(value);
      case Keys _ -> "the keys below";
      case Either either ->
          either.forms().stream().map(KeyTable::type).collect(Collectors.joining(", or "));
      case Form.Anything _ -> "anything";
    };
  }

  /** The meaning of each word, for those that have one. */
  private String constants(Form form) {
    var words = form instanceof Items(Words w) ? w : form instanceof Words w ? w : null;
    if (words == null) {
      return "";
    }
    var meanings =
        words.constants().entrySet().stream()
            .flatMap(word ->
                javadocs.of(word.getValue()).stream()
                    .map(text -> "`%s`: %s".formatted(word.getKey(), text)))
            .toList();
    return meanings.isEmpty() ? "" : ". " + String.join(" ", meanings);
  }

  /** Returns the default; empty if the meaning already names it. */
  private static String fallback(Form.Key key, String meaning) {
    if (meaning.contains("y default") || meaning.contains("without it")) {
      return "";
    }
    if (key.fallback() == null) {
      return hasKeys(key.form()) ? "" : "none";
    }
    if (hasKeys(key.form())
        && !(key.fallback() instanceof BrokerChoice || key.fallback() instanceof Optional)) {
      return ""; // the keys below have defaults of their own
    }
    var written = written(key.form(), key.fallback());
    if (written.isPresent()) {
      return "`" + written.get() + "`";
    }
    return meaning.contains("default") || meaning.contains("without") ? "" : "none";
  }

  private static boolean hasKeys(Form form) {
    return form instanceof Keys
        || (form instanceof Either either
            && either.forms().stream().anyMatch(Keys.class::isInstance));
  }

  private static Optional<String> written(Form form, Object value) {
    return switch (value) {
      case Optional<?> optional -> optional.flatMap(inner -> written(form, inner));
      case Collection<?> collection ->
          collection.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  collection.stream()
                      .map(each ->
                          written(form instanceof Items(Form item) ? item : form, each).orElse(""))
                      .collect(Collectors.joining(", ", "[ ", " ]")));
      case Map<?, ?> map when map.isEmpty() -> Optional.empty();
      case BrokerChoice choice -> Optional.of(choice.word());
      case Duration duration -> Optional.of(written(duration));
      case Number number when form instanceof One(Kind kind, _) && kind == Kind.SIZE ->
          Optional.of(size(number.longValue()));
      default -> Optional.of(word(form, value));
    };
  }

  private static String word(Form form, Object value) {
    if (form instanceof Words words) {
      return words.constants().entrySet().stream()
          .filter(word -> word.getValue().equals(value))
          .findFirst()
          .orElseThrow()
          .getKey();
    }
    var text = value.toString();
    if (RECORD.matcher(text).matches()) {
      throw new AssertionError("give it a toString as users write it: " + text);
    }
    return text;
  }

  private static String written(Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    return duration.toMillisPart() != 0
        ? duration.toMillis() + "ms"
        : duration.toString().replace("PT", "").toLowerCase(Locale.ROOT);
  }

  private static String size(long bytes) {
    var units = List.of("GiB", "MiB", "KiB");
    for (var i = 0; i < units.size(); i++) {
      var unit = 1L << (10 * (units.size() - i));
      if (bytes % unit == 0) {
        return bytes / unit + units.get(i);
      }
    }
    return Long.toString(bytes);
  }

  static @Nullable String plain(Form form, @Nullable Object value) {
    return value == null ? null : written(form, value).orElse(null);
  }
}
