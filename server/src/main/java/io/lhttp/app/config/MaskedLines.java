package io.lhttp.app.config;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a YAML text, for error messages. A line must not show a secret. Each key and value
 * that the parser has read is shown by the rules of {@link SecretMask}, or as an ellipsis. Text
 * after the last word that was read is shown only if no key around it suggests a secret.
 *
 * <p>Options of filters and processors may have secrets under any key. Their values are hidden,
 * except numbers, booleans and durations, until the {@link Binder} has found that their type is no
 * secret.
 *
 * <p>The parser's thread fills it; afterwards all threads may mark and read words.
 */
final class MaskedLines {
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

  /** The words of which a type is known, by the same. */
  private final Map<Spot, Mark> marks = new ConcurrentHashMap<>();

  /** The type of a word as far as it matters. Of several marks of one word the last here counts. */
  enum Mark {
    /** The type is known, and is no secret. */
    OPEN,
    /** No type is known. */
    UNKNOWN,
    /** The word is a secret, or stands in the place of one. */
    SECRET
  }

  /** A place in the text. Both numbers count from 1. */
  private record Spot(int line, int column) {}

  /**
   * A key or value that the parser has read.
   *
   * @param shown whether the rules of {@link SecretMask} show the word
   * @param unmarked counts for a word without a mark
   * @param mention the form in which a message would show the word
   */
  private record Word(String text, boolean shown, Mark unmarked, String mention) {
    boolean shown(@Nullable Mark mark) {
      return shown
          && switch (mark == null ? unmarked : mark) {
            case OPEN -> true;
            case UNKNOWN -> SecretMask.isPlain(text) || SecretMask.isReference(text);
            case SECRET -> SecretMask.isReference(text);
          };
    }

    boolean mentionedIn(String message) {
      return message.contains(text) && Pattern.compile(mention).matcher(message).find();
    }
  }

  MaskedLines(String text) {
    this.lines = text.lines().toList();
    this.depths = new int[lines.size() + 1];
    for (var i = 0; i < lines.size(); i++) {
      depths[i + 1] = depths[i] + count(lines.get(i), "{[") - count(lines.get(i), "}]");
    }
  }

  /**
   * @param option whether the key is within an option of a filter or processor
   */
  void key(int line, int column, String key, String path, boolean option) {
    var shown =
        SecretMask.secretive(path)
            ? key.length() <= SecretMask.SHORT || KEYS.contains(key)
            : SecretMask.anyKey(key, path).equals(key);
    var mention = "(?<![\\w-])" + Pattern.quote(key) + "(?![\\w-])";
    add(line, column, new Word(key, shown, option ? Mark.UNKNOWN : Mark.OPEN, mention));
  }

  /**
   * @param option whether the value is an option of a filter or processor
   */
  void value(int line, int column, String written, String path, boolean option) {
    var shown = SecretMask.value(written, path).equals("'" + written + "'");
    var unmarked = option ? Mark.UNKNOWN : Mark.OPEN;
    add(line, column, new Word(written, shown, unmarked, Pattern.quote("'" + written + "'")));
  }

  void mark(int line, int column, Mark mark) {
    marks.merge(new Spot(line, column), mark, (a, b) -> a.compareTo(b) < 0 ? b : a);
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
    var read = words.getOrDefault(line, Map.of());
    var open = new HashSet<Integer>();
    read.forEach((at, word) -> {
      if (word.shown(marks.get(new Spot(line, at))) || word.mentionedIn(message)) {
        open.add(at);
      }
    });
    shown.write(read, open, shows(line));
    return shown.excerpt();
  }

  /**
   * Whether words that the parser has not read may be shown, because none of the keys around
   * suggests a secret, and they are no options of a filter or processor. Comments have no keys.
   */
  private boolean shows(int line) {
    var indent = Integer.MAX_VALUE;
    var item = false; // whether the last line with that indent is an item of a list
    var around = 0;
    var links = false;
    var braces = depths[line - 1] > 0;
    for (var i = line; i > 0; i--) {
      var text = lines.get(i - 1);
      var own = indent(text);
      if (own == text.length() || (i != line && text.charAt(own) == '#')) {
        continue;
      }
      var begins = text.charAt(own) == '-';
      if (i == line || depths[line - 1] > 0 || own < indent || (own == indent && item && !begins)) {
        if (searched.computeIfAbsent(i, _ -> secretive(text))) {
          return false;
        }
        if (own <= indent) {
          indent = own;
          item = begins;
        }
        around++;
        links |= text.contains("chain") || text.contains("processors");
        braces |= text.indexOf('{') >= 0;
      }
    }
    return !links || !(braces || around > 2);
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
        || SecretMask.secretive(text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]+", "."));
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

    /**
     * @param open the columns of the words that are shown
     * @param rest whether text that is no word is shown
     */
    void write(Map<Integer, Word> words, Set<Integer> open, boolean rest) {
      var i = 0;
      while (i < source.length()) {
        var word = words.get(i + 1);
        if (word != null) {
          var end = i + quoted(i) + word.text.length() + quoted(i);
          var whole = source.startsWith(word.text, i + quoted(i));
          put(i, whole && open.contains(i + 1) ? source.substring(i, end) : "…");
          if (!whole) {
            return;
          }
          i = end;
        } else if (STRUCTURE.indexOf(source.charAt(i)) >= 0) {
          put(i, source.substring(i, i + 1));
          i++;
        } else {
          put(i, source.charAt(i) == '#' ? "" : rest ? SecretMask.line(source.substring(i)) : "…");
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
