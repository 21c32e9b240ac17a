package io.lhttp.app.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.lhttp.app.config.Node.Entry;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.config.Node.Unread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Reads one YAML document: values, lists and maps with their places, and {@code ${NAME}} from the
 * environment. It refuses aliases. Errors become problems, and the rest of the document is read as
 * far as possible.
 */
public final class Yaml {
  private static final YAMLFactory FACTORY = new YAMLFactory();

  /** The beginning of what the parser says of an error within a word. */
  private static final String SCANNING = "while scanning";

  private final Problems problems;
  private final References references;
  private final BiFunction<Integer, Integer, Place> places;
  private final MaskedLines lines;

  /** The keys that lead to the value that is read, with an empty text for each list. */
  private final List<String> keys = new ArrayList<>();

  private Yaml(
      Problems problems,
      References references,
      BiFunction<Integer, Integer, Place> places,
      MaskedLines lines) {
    this.problems = problems;
    this.references = references;
    this.places = places;
    this.lines = lines;
  }

  /** Reads the text of a file. */
  public static Node file(
      String name, String text, Function<String, @Nullable String> environment, Problems problems) {
    var lines = new MaskedLines(text);
    return new Yaml(
            problems,
            new References(environment, problems),
            (line, column) -> new Place(name, line, column, lines),
            lines)
        .document(text);
  }

  /** Reads the value of a command line option; the place of all values is the option. */
  static Node option(
      Place option,
      String value,
      Function<String, @Nullable String> environment,
      Problems problems) {
    return new Yaml(
            problems,
            new References(environment, problems),
            (line, column) -> option,
            new MaskedLines(""))
        .document(value);
  }

  private Node document(String text) {
    var reserved = References.reserved(text);
    if (reserved >= 0) {
      problems.add(
          place(text, reserved),
          "the character U+%04X is for private use and not allowed here",
          (int) text.charAt(reserved));
      return new Unread(places.apply(1, 1));
    }
    var unprintable = unprintable(text);
    if (unprintable >= 0) {
      problems.add(
          place(text, unprintable),
          "the character U+%04X is not allowed in YAML",
          text.codePointAt(unprintable));
      return new Unread(places.apply(1, 1));
    }
    try (var parser = FACTORY.createParser(References.hide(text))) {
      if (parser.nextToken() == null) {
        return new Nothing(places.apply(1, 1));
      }
      var root = node(parser, "");
      if (parser.nextToken() != null) {
        problems.add(place(parser), "a second document begins here, expected one");
      }
      return root;
    } catch (JsonProcessingException e) {
      report(e, text);
      return new Unread(places.apply(1, 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // reading a string never causes this exception
    }
  }

  /**
   * Reports an error of the parser. If a tab in the indentation is the cause, the error is reported
   * at the tab.
   */
  private void report(JsonProcessingException e, String text) {
    var marked = marked(e);
    var tab = marked == null ? -1 : indentingTab(text, marked.getProblemMark());
    if (tab < 0) {
      var place =
          marked == null || marked.getProblemMark() == null
              ? place(e.getLocation())
              : place(marked, text);
      problems.add(place, "%s", SecretMask.sentence(References.show(reason(e))));
      return;
    }
    problems.add(place(text, tab), "a tab does not indent in YAML: write spaces");
  }

  /** Returns the index of the first character that YAML does not allow; -1 if there is none. */
  private static int unprintable(String text) {
    var i = 0;
    while (i < text.length() && StreamReader.isPrintable(text.codePointAt(i))) {
      i += Character.charCount(text.codePointAt(i));
    }
    return i < text.length() ? i : -1;
  }

  /**
   * Returns the place of an error: of the text that the parser can't read, or of the beginning of a
   * text that does not end in its line. Jackson would give the place of the token before. The end
   * of the file is the end of its last line with text, so that the message can show that line.
   */
  private Place place(MarkedYAMLException e, String text) {
    var mark = e.getProblemMark();
    var begin = e.getContextMark();
    var scanning = e.getContext() != null && e.getContext().startsWith(SCANNING);
    if (scanning && begin != null && begin.getLine() < mark.getLine()) {
      mark = begin;
    }
    var lines = text.split("\n", -1);
    var line = Math.min(mark.getLine(), lines.length - 1);
    var column = mark.getColumn();
    while (line > 0 && lines[line].isBlank()) {
      line--;
      column = lines[line].stripTrailing().length();
    }
    return places.apply(line + 1, column + 1);
  }

  /**
   * Returns the index of a tab in the indentation of the parser's line, else of a line beside it;
   * -1 if there is none. A blank line beside it has no indentation.
   */
  private static int indentingTab(String text, @Nullable Mark mark) {
    if (mark == null) {
      return -1;
    }
    var lines = text.split("\n", -1);
    var beside = -1;
    var at = 0;
    for (var i = 0; i < lines.length; i++) {
      var tab = indentingTab(lines[i]);
      if (tab >= 0 && i == mark.getLine()) {
        return at + tab;
      }
      if (tab >= 0 && beside < 0 && Math.abs(i - mark.getLine()) == 1 && !lines[i].isBlank()) {
        beside = at + tab;
      }
      at += lines[i].length() + 1;
    }
    return beside;
  }

  private static int indentingTab(String line) {
    var tab = line.indexOf('\t');
    var indents = tab >= 0 && line.substring(0, tab).chars().allMatch(c -> c == ' ' || c == '-');
    return indents ? tab : -1;
  }

  private static @Nullable MarkedYAMLException marked(Throwable e) {
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof MarkedYAMLException marked) {
        return marked;
      }
    }
    return null;
  }

  private Node node(YAMLParser parser, String path) throws IOException {
    var place = place(parser);
    if (parser.isCurrentAlias()) {
      problems.add(place, "an alias (*) is not supported: write the value out");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(parser, place, path);
      case START_ARRAY -> sequence(parser, place, path);
      case VALUE_NULL -> new Nothing(place);
      case VALUE_TRUE, VALUE_FALSE -> scalar(parser, place, path, parser.getBooleanValue());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, place, path);
      default -> text(parser, place, path);
    };
  }

  private Node mapping(YAMLParser parser, Place place, String path) throws IOException {
    var entries = new ArrayList<Entry>();
    var seen = new HashMap<String, Place>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var at = place(parser);
      var key = References.show(parser.currentName());
      lines.key(at.line(), at.column(), key, path, SecretMask.isOption(keys) && keys.size() > 3);
      parser.nextToken();
      keys.add(key);
      var value = node(parser, path.isEmpty() ? key : path + "." + key);
      keys.removeLast();
      var first = seen.putIfAbsent(key, at);
      if (first == null) {
        entries.add(new Entry(at, key, value));
      } else {
        problems.add(
            at,
            "the key '%s' stands here twice, first in line %d",
            SecretMask.word(key),
            first.line());
      }
    }
    return new Mapping(place, entries);
  }

  private Node sequence(YAMLParser parser, Place place, String path) throws IOException {
    var items = new ArrayList<Node>();
    keys.add("");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(parser, path + "[" + items.size() + "]"));
    }
    keys.removeLast();
    return new Sequence(place, items);
  }

  private Node scalar(YAMLParser parser, Place place, String path, Object value)
      throws IOException {
    lines.value(place.line(), place.column(), parser.getText(), path, SecretMask.isOption(keys));
    return new Scalar(place, parser.getText(), parser.getText(), value);
  }

  /** Reads a number. YAML also has an infinite one and one that is none, which no option takes. */
  private Node number(YAMLParser parser, Place place, String path) throws IOException {
    Number value;
    try {
      value = parser.getNumberValue();
    } catch (JsonProcessingException _) {
      var text = parser.getText();
      lines.value(place.line(), place.column(), text, path, SecretMask.isOption(keys));
      problems.add(
          place,
          "%sexpected a finite number, or a text in quotes, not %s",
          path.isEmpty() ? "" : SecretMask.sentence(path) + ": ",
          SecretMask.value(text, path));
      return new Unread(place);
    }
    return scalar(parser, place, path, value);
  }

  private Node text(YAMLParser parser, Place place, String path) throws IOException {
    var written = References.show(parser.getText());
    lines.value(place.line(), place.column(), written, path, SecretMask.isOption(keys));
    return references
        .resolve(written, place)
        .<Node>map(text -> new Scalar(place, text, written, text))
        .orElseGet(() -> new Unread(place));
  }

  private Place place(YAMLParser parser) {
    return place(parser.currentTokenLocation());
  }

  private Place place(@Nullable JsonLocation location) {
    return location == null
        ? places.apply(1, 1)
        : places.apply(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
  }

  private Place place(String text, int index) {
    var before = text.substring(0, index);
    var line = (int) before.chars().filter(c -> c == '\n').count() + 1;
    return places.apply(line, index - before.lastIndexOf('\n'));
  }

  /**
   * Returns the short message of the YAML parser, because Jackson's own message repeats several
   * lines of the file.
   */
  private static String reason(JsonProcessingException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof MarkedYAMLException marked && marked.getProblem() != null) {
        var context = marked.getContext();
        return marked.getProblem() + (context == null ? "" : " (" + context + ")");
      }
    }
    return e.getOriginalMessage().lines().findFirst().orElse("not YAML");
  }
}
