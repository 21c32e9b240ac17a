package io.lhttp.app.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Decides which part of a user's text error messages may show. A secret in the wrong place causes
 * an error, and that error must not reveal the secret in a log. At the keys of secrets only short
 * words are shown; elsewhere a text is hidden if it looks like a secret.
 */
public final class Shown {
  /** The most names of a list that an error message shows. */
  private static final int MOST_NAMES = 3;

  /** Matches names of keys for secrets, and names that stand beside secrets. */
  private static final Pattern SECRETIVE =
      Pattern.compile(
          "(?:^|[.\\[\\]_-])(?:o?auth|jwt|admin|nats|login|pin|otp"
              + "|.*(?:secret|token|passw|passphrase|passcode|pwd|credential|nkey|seed|api-?key|private"
              + "|cookie|bearer|signature|session|authoriz|access-?key|signing-?key"
              + "|encryption-?key)[^.]*"
              + "|[^.]*(?:pass|key|keys))(?:$|[.\\[\\]_-])");

  /** Matches keys whose value is a secret. */
  private static final Pattern SECRET =
      Pattern.compile("(?:^|-)(?:secret|token|password|credentials|key|nkey|seed)$");

  /** The length of a word that can't be a secret, because every secret of LHTTP must be longer. */
  static final int SHORT = 6;

  /** Matches a text that a machine made: long, in one piece, with letters and digits mixed. */
  private static final Pattern MADE =
      Pattern.compile("(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9+/=_.~-]{16,}");

  /** Matches names as people write them: with at most a few digits, at their end. */
  private static final Pattern NAMES =
      Pattern.compile(
          "(?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4})(?:[._/+~-](?:[A-Za-z]+[0-9]{0,4}|[0-9]{1,4}))*");

  /** Matches a piece of a sentence that may be a secret. */
  private static final Pattern PIECE = Pattern.compile("[A-Za-z0-9+/=_.~-]{16,}");

  /**
   * The most characters of a word that are shown. No name is that long, and errors must stay short.
   */
  private static final int LONGEST = 200;

  private static final String HIDDEN = "…";

  /** Begins a value that names the file of a secret. */
  private static final String FILE_PREFIX = "file:";

  private static final Pattern LOGIN = Pattern.compile("(://)[^/\\s]*@");
  private static final Pattern SCHEME = Pattern.compile("(?i)\\b(bearer|basic)\\s+[^\\s'\",]{6,}");
  private static final Pattern QUERY = Pattern.compile("(://[^\\s?]*\\?)[^\\s']+");
  private static final Pattern DEFAULT = Pattern.compile("(\\$\\{\\w+:)[^}]+}");
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{\\w+(:…)?}");
  private static final Pattern FILE = Pattern.compile("[\\w./-]{1,100}\\.[a-z]{1,5}");
  private static final Pattern PATH = Pattern.compile("\\.{0,2}/");
  private static final Pattern IN_FILE = Pattern.compile("file:\\S{1,200}");
  private static final Pattern VALUE = Pattern.compile("^(\\s*(?:- )?[\\w\"'-]+\\s*:\\s+)\\S.*");

  private Shown() {}

  /**
   * Returns a value in quotation marks, or a hint instead of the value.
   *
   * @param written the text in the source
   * @param path the names of the keys that lead to the value
   */
  static String value(String written, String path) {
    var text = harmless(written);
    if (REFERENCE.matcher(text).matches()
        || (IN_FILE.matcher(text).matches() && !mayBeInFile(text))) {
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

  /**
   * Returns an unknown key as errors show it. It is shown if it is close to a valid key or can't be
   * a secret.
   */
  static String key(String key, String path, Collection<String> valid) {
    var text = harmless(key);
    var secrets = secretive(path) || valid.stream().anyMatch(k -> SECRET.matcher(k).find());
    var hidden =
        ((secrets && text.length() > SHORT) || noName(text)) && Nearest.to(key, valid).isEmpty();
    return hidden ? HIDDEN : text;
  }

  /**
   * Returns a key of a map that allows any keys, as errors show it. It is hidden if it may be a
   * secret in the place of a key.
   */
  static String anyKey(String key, String path) {
    var text = harmless(key);
    var hidden = secretive(path) ? MADE.matcher(text).matches() : noName(text);
    return hidden ? HIDDEN : text;
  }

  /**
   * Returns a name, such as a filter, a class or an argument, as errors show it. It is hidden if it
   * looks like a secret.
   */
  public static String word(String word) {
    return word(word, List.of());
  }

  /**
   * Returns a name as errors show it. It is hidden if it looks like a secret and is not close to a
   * valid name.
   */
  public static String word(String word, Collection<String> valid) {
    var text = harmless(word);
    var hidden = text.length() > LONGEST || text.indexOf('\n') >= 0 || noName(text);
    if (text.length() <= LONGEST && Nearest.to(word, valid).isPresent()) {
      return text;
    }
    return hidden ? HIDDEN : sentence(text);
  }

  /** Replaces texts that look like secrets in a sentence that quotes a user. */
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

  /**
   * Whether the text may be a secret itself, although the name of a file with the secret is
   * expected.
   */
  static boolean mayBeInFile(String value) {
    var written = value.startsWith(FILE_PREFIX) ? value.substring(FILE_PREFIX.length()) : value;
    return written.indexOf('\n') >= 0
        || written.contains("-----BEGIN")
        || (MADE.matcher(written).matches()
            && !FILE.matcher(written).matches()
            && !PATH.matcher(written).lookingAt());
  }

  /**
   * Returns an option of the command line as errors show it, without a value that may be a secret.
   */
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

  /** Returns a line of the source as errors show it, without values that may be secrets. */
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

  /**
   * Removes the login and the query of a URL, what follows Bearer or Basic, and the default of a
   * variable.
   */
  private static String harmless(String text) {
    var url = QUERY.matcher(LOGIN.matcher(text).replaceAll("$1…@")).replaceAll("$1…");
    return DEFAULT.matcher(SCHEME.matcher(url).replaceAll("$1 …")).replaceAll("$1…}");
  }

  /** Whether the names of the keys suggest that the value is a secret. */
  static boolean secretive(String path) {
    return SECRETIVE.matcher(path.toLowerCase(Locale.ROOT)).find();
  }

  /** Returns the first few names, and the number of the others. */
  public static String some(Collection<String> names, String separator) {
    var more = names.size() - MOST_NAMES;
    return names.stream().limit(MOST_NAMES).collect(Collectors.joining(separator))
        + (more > 0 ? " and %d more".formatted(more) : "");
  }
}
