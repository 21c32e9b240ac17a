package io.lhttp.app.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The part that error messages show of what a user wrote, in a file or on the command line. A
 * secret in the wrong place becomes an error, and must not end up in a log: where secrets are
 * configured only short words are shown, and elsewhere nothing that looks like one.
 */
public final class Shown {
  /** Names of keys under which secrets stand, or beside which they do. */
  private static final Pattern SECRETIVE =
      Pattern.compile(
          "(?:^|[.\\[\\]_-])(?:auth|jwt|admin|nats|login|.*(?:secret|token|passw|passphrase"
              + "|credential|nkey|seed|api-?key|private)[^.]*|key|keys)(?:$|[.\\[\\]_-])");

  /** A key that has a secret for its value. */
  private static final Pattern SECRET =
      Pattern.compile("(?:^|-)(?:secret|token|password|credentials|key|nkey|seed)$");

  /** Every secret of ours has to be longer. */
  private static final int SHORT = 6;

  /** Long, in one piece, with letters and digits: what machines make and nobody types. */
  private static final Pattern MADE =
      Pattern.compile("(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9+/=_.~-]{16,}");

  /** Words as people write names: any digits stand at their end, and are few. */
  private static final Pattern NAMES =
      Pattern.compile(
          "(?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4})(?:[._/+~-](?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4}))*");

  /** In a sentence, all that a secret may be made of. */
  private static final Pattern PIECE = Pattern.compile("[A-Za-z0-9+/=_.~-]{16,}");

  /** A longer word is no name, and no error is to be as long as one that somebody made up. */
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
   * A value in quotes, or that there is one.
   *
   * @param written as in the source
   * @param path the names of the keys down to it
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

  /** A key that is not known: shown where it is near to one that is, or can't be a secret. */
  static String key(String key, String path, Collection<String> valid) {
    var text = harmless(key);
    var secrets = secretive(path) || valid.stream().anyMatch(k -> SECRET.matcher(k).find());
    var hidden =
        ((secrets && text.length() > SHORT) || noName(text)) && Nearest.to(key, valid).isEmpty();
    return hidden ? HIDDEN : text;
  }

  /** A key of a map that may have any: not shown where a secret took the place of its name. */
  static String anyKey(String key, String path) {
    var text = harmless(key);
    var hidden = secretive(path) ? MADE.matcher(text).matches() : noName(text);
    return hidden ? HIDDEN : text;
  }

  /** A name of anything, a filter or a class or an argument, that need not be known. */
  public static String word(String word) {
    return word(word, List.of());
  }

  /** The same, which is shown in any case where it is near to a valid one. */
  public static String word(String word, Collection<String> valid) {
    var text = harmless(word);
    var hidden = text.length() > LONGEST || text.indexOf('\n') >= 0 || noName(text);
    if (text.length() <= LONGEST && Nearest.to(word, valid).isPresent()) {
      return text;
    }
    return hidden ? HIDDEN : sentence(text);
  }

  /** A sentence that quotes what a user wrote, without what looks like a secret. */
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

  /** Whether a text that names no file may be a secret, which was to stand in one. */
  static boolean mayBeInFile(String written) {
    return written.indexOf('\n') >= 0
        || written.contains("-----BEGIN")
        || (MADE.matcher(written).matches()
            && !FILE.matcher(written).matches()
            && !PATH.matcher(written).lookingAt());
  }

  /** An option of the command line, without its value where that may be a secret. */
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

  /** A line of the source, its value left out where that may be a secret. */
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

  /** Without the login and the query of a URL, and the default of a variable. */
  private static String harmless(String text) {
    var url = QUERY.matcher(LOGIN.matcher(text).replaceAll("$1…@")).replaceAll("$1…");
    return DEFAULT.matcher(url).replaceAll("$1…}");
  }

  private static boolean secretive(String path) {
    return SECRETIVE.matcher(path.toLowerCase(Locale.ROOT)).find();
  }
}
