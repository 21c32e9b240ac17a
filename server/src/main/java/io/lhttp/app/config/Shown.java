package io.lhttp.app.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Decides which part of a user's text error messages show. A secret in the wrong place causes an
 * error, which must not reveal it in a log. At keys of secrets only short words are shown, and
 * elsewhere no text that looks like a secret.
 */
public final class Shown {
  /** The names of a list that are shown. */
  private static final int MOST_NAMES = 3;

  /** The names of keys that hold secrets, or stand beside them. */
  private static final Pattern SECRETIVE =
      Pattern.compile(
          "(?:^|[.\\[\\]_-])(?:auth|jwt|admin|nats|login|.*(?:secret|token|passw|passphrase"
              + "|credential|nkey|seed|api-?key|private)[^.]*|key|keys)(?:$|[.\\[\\]_-])");

  /** The keys whose value is a secret. */
  private static final Pattern SECRET =
      Pattern.compile("(?:^|-)(?:secret|token|password|credentials|key|nkey|seed)$");

  /** Every secret of LHTTP must be longer than this. */
  static final int SHORT = 6;

  /** A text of a machine: long, in one piece, with letters and digits mixed. */
  private static final Pattern MADE =
      Pattern.compile("(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9+/=_.~-]{16,}");

  /** Names as people write them: with at most a few digits, at their end. */
  private static final Pattern NAMES =
      Pattern.compile(
          "(?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4})(?:[._/+~-](?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4}))*");

  /** A piece of a sentence that a secret may consist of. */
  private static final Pattern PIECE = Pattern.compile("[A-Za-z0-9+/=_.~-]{16,}");

  /** Longer words are cut, because no name is that long and errors must stay short. */
  private static final int LONGEST = 200;

  private static final String HIDDEN = "…";

  private static final Pattern LOGIN = Pattern.compile("(://)[^/@\\s]+@");
  private static final Pattern QUERY = Pattern.compile("(://[^\\s?]*\\?)[^\\s']+");
  private static final Pattern DEFAULT = Pattern.compile("(\\$\\{\\w+:)[^}]+}");
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{\\w+(:…)?}");
  private static final Pattern FILE = Pattern.compile("[\\w./-]{1,100}\\.[a-z]{1,5}");
  private static final Pattern PATH = Pattern.compile("\\.{0,2}/");
  private static final Pattern VALUE = Pattern.compile("^(\\s*(?:- )?[\\w\"'-]+\\s*:\\s+)\\S.*");

  private Shown() {}

  /**
   * Returns a value in quotes, or a hint that there is one.
   *
   * @param written the text in the source
   * @param path the names of the keys down to the value
   */
  static String value(String written, String path) {
    var text = harmless(written);
    if (REFERENCE.matcher(text).matches()) {
      return "'" + text + "'";
    }
    var hidden =
        secretive(path)
            ? text.length() > SHORT
            : !sentence(text).equals(text)
                || (MADE.matcher(text).matches() && !FILE.matcher(text).matches());
    return hidden || text.indexOf('\n') >= 0
        ? "what is written there (%d characters, not shown: it may be a secret)"
            .formatted(text.length())
        : "'" + text + "'";
  }

  /** Returns an unknown key if it is close to a valid one, or can't be a secret. */
  static String key(String key, String path, Collection<String> valid) {
    var text = harmless(key);
    var secrets = secretive(path) || valid.stream().anyMatch(k -> SECRET.matcher(k).find());
    var hidden =
        ((secrets && text.length() > SHORT) || noName(text)) && Nearest.to(key, valid).isEmpty();
    return hidden ? HIDDEN : text;
  }

  /**
   * Returns a key of a map with arbitrary keys, unless it may be a secret in the place of its name.
   */
  static String anyKey(String key, String path) {
    var text = harmless(key);
    var hidden = secretive(path) ? MADE.matcher(text).matches() : noName(text);
    return hidden ? HIDDEN : text;
  }

  /** Returns a name, such as a filter, a class or an argument, unless it looks like a secret. */
  public static String word(String word) {
    return word(word, List.of());
  }

  /** Returns a name, unless it looks like a secret and is not close to a valid one. */
  public static String word(String word, Collection<String> valid) {
    var text = harmless(word);
    var hidden = text.length() > LONGEST || text.indexOf('\n') >= 0 || noName(text);
    if (text.length() <= LONGEST && Nearest.to(word, valid).isPresent()) {
      return text;
    }
    return hidden ? HIDDEN : sentence(text);
  }

  /** Removes texts that look like secrets from a sentence that quotes a user. */
  public static String sentence(String sentence) {
    return PIECE
        .matcher(harmless(sentence))
        .replaceAll(piece ->
            noName(piece.group()) && !PATH.matcher(piece.group()).lookingAt()
                ? HIDDEN
                : Matcher.quoteReplacement(piece.group()));
  }

  private static boolean noName(String text) {
    return MADE.matcher(text).matches()
        && !FILE.matcher(text).matches()
        && !NAMES.matcher(text).matches();
  }

  /** Whether a text, where the name of a secret's file is expected, may be the secret itself. */
  static boolean mayBeInFile(String written) {
    return written.indexOf('\n') >= 0
        || written.contains("-----BEGIN")
        || (MADE.matcher(written).matches()
            && !FILE.matcher(written).matches()
            && !PATH.matcher(written).lookingAt());
  }

  /** Returns an option of the command line, without a value that may be a secret. */
  static String option(String option) {
    var equals = option.indexOf('=');
    if (equals < 0) {
      return word(option);
    }
    var key =
        Arrays.stream(option.substring(0, equals).split("\\.", -1))
            .map(Shown::word)
            .collect(Collectors.joining("."));
    var value = value(option.substring(equals + 1), option.substring(0, equals));
    return key + "=" + (value.startsWith("'") ? harmless(option.substring(equals + 1)) : HIDDEN);
  }

  /** Returns a line of the source, without a value that may be a secret. */
  static String line(String line) {
    var matcher = VALUE.matcher(line);
    if (!matcher.matches()) {
      return MADE.matcher(line.strip()).matches() ? "…" : harmless(line);
    }
    var key = matcher.group(1).replaceAll("[\\s\"':]|- ", "");
    return value(line.substring(matcher.end(1)), key).startsWith("'")
        ? harmless(line)
        : matcher.group(1) + "…";
  }

  /** Removes the login and the query of a URL, and the default of a variable. */
  private static String harmless(String text) {
    var url = QUERY.matcher(LOGIN.matcher(text).replaceAll("$1…@")).replaceAll("$1…");
    return DEFAULT.matcher(url).replaceAll("$1…}");
  }

  /** Whether the names of keys are about secrets. */
  static boolean secretive(String path) {
    return SECRETIVE.matcher(path.toLowerCase(Locale.ROOT)).find();
  }

  /** Returns the first names, and the number of the others. */
  public static String some(Collection<String> names, String separator) {
    var more = names.size() - MOST_NAMES;
    return names.stream().limit(MOST_NAMES).collect(Collectors.joining(separator))
        + (more > 0 ? " and %d more".formatted(more) : "");
  }
}
