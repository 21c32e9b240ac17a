package io.lhttp.app.config;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The lines of a YAML text, for error messages. A line must not show a secret. Each key and value
 * that the parser has read is shown by the rules of {@link Shown}, or as an ellipsis. Text after
 * the last word that was read is shown only if no key around it suggests a secret.
 *
 * <p>The parser's thread fills it; afterwards all threads may read it.
 */
final class ShownLines {
  /** The most characters of a line that are shown. */
  private static final int LONGEST = 200;

  /** The most characters of a line that are searched for keys; a longer one may have any key. */
  private static final int LONGEST_SEARCHED = 2_000;

  private static final String STRUCTURE = " \t{}[],:?-\"'";

  /** The keys of settings that stand beside secrets, and are shown. */
  private static final Set<String> KEYS =
      Set.of(
          "algorithm",
          "anonymous",
          "api-keys",
          "audience",
          "channel",
          "credentials",
          "issuer",
          "leeway",
          "password",
          "permissions",
          "publish",
          "refresh",
          "servers",
          "subscribe");

  private final List<String> lines;

  /** For each line, the number of brackets that the lines before it open and do not close. */
  private final int[] depths;

  /** Whether a key in the line suggests a secret; for the lines that an excerpt needed so far. */
  private final Map<Integer, Boolean> searched = new ConcurrentHashMap<>();

  /** The words that the parser has read, by line and column. */
  private final Map<Integer, Map<Integer, Word>> words = new HashMap<>();

  /**
   * A key or value that the parser has read.
   *
   * @param shown whether the word is shown in any case
   * @param mention the form in which a message would show the word
   */
  private record Word(String text, boolean shown, String mention) {
    boolean mentionedIn(String message) {
      return message.contains(text) && Pattern.compile(mention).matcher(message).find();
    }
  }

  ShownLines(String text) {
    this.lines = text.lines().toList();
    this.depths = new int[lines.size() + 1];
    for (var i = 0; i < lines.size(); i++) {
      depths[i + 1] = depths[i] + count(lines.get(i), "{[") - count(lines.get(i), "}]");
    }
  }

  void key(int line, int column, String key, String path) {
    var shown =
        Shown.secretive(path)
            ? key.length() <= Shown.SHORT || KEYS.contains(key)
            : Shown.anyKey(key, path).equals(key);
    add(line, column, new Word(key, shown, "(?<![\\w-])" + Pattern.quote(key) + "(?![\\w-])"));
  }

  void value(int line, int column, String written, String path) {
    var shown = Shown.value(written, path).equals("'" + written + "'");
    add(line, column, new Word(written, shown, Pattern.quote("'" + written + "'")));
  }

  private void add(int line, int column, Word word) {
    words.computeIfAbsent(line, _ -> new HashMap<>()).put(column, word);
  }

  /**
   * Returns the line and a caret below the column, as two lines that each begin with a line break;
   * empty if there is no such line.
   *
   * @param message contains no secret. Words that it mentions are shown in the line, too
   */
  String excerpt(int line, int column, String message) {
    if (line < 1 || line > lines.size() || lines.get(line - 1).isBlank()) {
      return "";
    }
    var shown = new Line(lines.get(line - 1), column - 1);
    shown.write(words.getOrDefault(line, Map.of()), message, shows(line));
    return shown.excerpt();
  }

  /**
   * Whether words that the parser has not read may be shown, because none of the keys around
   * suggests a secret. Comments have no keys.
   */
  private boolean shows(int line) {
    var indent = Integer.MAX_VALUE;
    for (var i = line; i > 0; i--) {
      var text = lines.get(i - 1);
      var own = indent(text);
      if (i != line && own < text.length() && text.charAt(own) == '#') {
        continue;
      }
      if (i == line || depths[line - 1] > 0 || own < indent) {
        if (searched.computeIfAbsent(i, _ -> secretive(text))) {
          return false;
        }
        indent = Math.min(indent, own);
      }
    }
    return true;
  }

  private static int indent(String text) {
    var i = 0;
    while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
      i++;
    }
    return i;
  }

  private static boolean secretive(String text) {
    return text.length() > LONGEST_SEARCHED
        || Shown.secretive(text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]+", "."));
  }

  private static int count(String text, String characters) {
    return (int) text.chars().filter(c -> characters.indexOf(c) >= 0).count();
  }

  /** Builds the text of a line for one message. */
  private static final class Line {
    private final String source;
    private final int caret;
    private final StringBuilder text = new StringBuilder();

    /**
     * The column of the caret in the text that was built so far; -1 until the text reaches the
     * caret's place.
     */
    private int at = -1;

    Line(String source, int caret) {
      this.source = source;
      this.caret = caret;
    }

    void write(Map<Integer, Word> words, String message, boolean rest) {
      var i = 0;
      while (i < source.length()) {
        var word = words.get(i + 1);
        if (word != null) {
          var end = i + quoted(i) + word.text.length() + quoted(i);
          var whole = source.startsWith(word.text, i + quoted(i));
          put(
              i,
              whole && (word.shown || word.mentionedIn(message)) ? source.substring(i, end) : "…");
          if (!whole) {
            return;
          }
          i = end;
        } else if (STRUCTURE.indexOf(source.charAt(i)) >= 0) {
          put(i, source.substring(i, i + 1));
          i++;
        } else {
          put(i, source.charAt(i) == '#' ? "" : rest ? Shown.line(source.substring(i)) : "…");
          return;
        }
      }
    }

    /** Returns 1 if there is a quotation mark at this index, else 0. */
    private int quoted(int index) {
      return "\"'".indexOf(source.charAt(index)) >= 0 ? 1 : 0;
    }

    private void put(int from, String shown) {
      if (at < 0 && from >= caret) {
        at = text.length();
      } else if (at < 0 && source.startsWith(shown, from) && caret < from + shown.length()) {
        at = text.length() + caret - from;
      }
      text.append(shown);
    }

    String excerpt() {
      var end = text.toString().stripTrailing().length();
      var column = at < 0 ? end : Math.min(at, end);
      var from = column > LONGEST / 2 ? column - LONGEST / 2 : 0;
      var to = Math.min(end, from + LONGEST);
      var before = from == 0 ? "" : "…";
      return "\n    "
          + before
          + text.substring(Math.min(from, to), to)
          + (to == end ? "" : "…")
          + "\n    "
          + before.replace('…', ' ')
          + text.substring(Math.min(from, column), column).replaceAll("[^\t]", " ")
          + "^";
    }
  }
}
