package io.lhttp.app.config;

import io.lhttp.internal.text.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Decides which part of a user's text error messages may show. A secret in the wrong place causes
 * an error, and that error must not reveal the secret in a log. At the keys of secrets only short
 * words are shown; elsewhere a text is hidden if it looks like a secret.
 */
public final class SecretMask {
  /** The most names of a list that an error message shows. */
  private static final int MOST_NAMES = 3;

  private static final String SECRET_WORDS =
      "secret|token|passw|passphrase|passcode|pwd|credential|nkey|seed|api-?key|private|cookie|bearer"
          + "|signature|session|authoriz|access-?key|signing-?key|encryption-?key"
          + "|connection-?string|conn-?str"
          + "|(?:pass|keys?|pw|dsn)[0-9]{0,3}(?![^.\\[\\]_-])"
          + "|(?<![^.\\[\\]_-])(?:login|pin|otp|totp|psk|pat|sas|hmac|salt)(?![^.\\[\\]_-])";

  /** Matches names that stand before secrets, in lower case. */
  private static final Pattern SECRET_NAME = Pattern.compile(SECRET_WORDS);

  /** Matches names of keys for secrets, and names that stand beside secrets, in lower case. */
  private static final Pattern SECRETIVE =
      Pattern.compile(SECRET_WORDS + "|(?<![^.\\[\\]_-])(?:o?auth|jwt|admin|nats)(?![^.\\[\\]_-])");

  /** Matches keys whose value is a secret. */
  private static final Pattern SECRET =
      Pattern.compile("(?:^|-)(?:secret|token|password|credentials|key|nkey|seed)$");

  /** The length of a word that can't be a secret, because every secret of LHTTP must be longer. */
  static final int SHORT = 6;

  /** The fewest characters of a text that a machine made. */
  private static final int MADE_LENGTH = 16;

  /** Matches a text that a machine made: long, in one piece, with letters and digits mixed. */
  private static final Pattern MADE =
      Pattern.compile("(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9+/=_.~-]{16,}");

  /**
   * Matches a text in one piece as people choose it for a secret: letters with digits or signs
   * between, over {@link #SHORT}. Numbers with units, paths, URLs and names of hosts are none.
   */
  private static final Pattern CHOSEN =
      Pattern.compile("(?![0-9])(?=.*[A-Za-z])(?=.*[^A-Za-z])[^\\s./:'*\\[\\]{},…$]{7,200}");

  /**
   * Matches a text of letters alone that may be a secret: long as every secret but a password must
   * be, or with capitals in the middle of words.
   */
  private static final Pattern LETTERS =
      Pattern.compile(
          "[A-Za-z]{16,}|[A-Za-z][A-Za-z ]{18,}[A-Za-z]|(?=.*(?:[a-z][A-Z]|[A-Z]{2}[a-z]))[A-Za-z]{8,}");

  /** Matches letters of changing case, on average one change from small to capital in four. */
  private static final Pattern ALTERNATING =
      Pattern.compile("[A-Z]{0,3}(?:[a-z]{1,3}[A-Z]{1,3}){4,}[a-z]{0,3}");

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
  public static final String FILE_PREFIX = "file:";

  /** The most characters of a value that are looked at; a longer one is hidden. */
  private static final int LONGEST_VALUE = 2_000;

  /** The most characters of a sentence that are looked at and shown. */
  private static final int LONGEST_SENTENCE = 10_000;

  // The texts of these patterns are limited, so that each takes linear time.
  private static final Pattern LOGIN =
      Pattern.compile("(://)(?:[^/\\s]*|[^/\\s@:]{0,100}:[^\\s@]{1,200})@");
  private static final Pattern LOGIN_ALONE =
      Pattern.compile("(?<![\\w:/.-])[\\w.%+-]{1,100}:(?!//)[^\\s@]{1,200}@");
  private static final Pattern SCHEME = Pattern.compile("(?i)\\b(bearer|basic)\\s+[^\\s'\",]{6,}");
  private static final Pattern QUERY =
      Pattern.compile("(://[^\\s?:]*+(?::(?!//)[^\\s?:]*+){0,100}\\?)[^\\s']+");
  private static final Pattern DEFAULT = Pattern.compile("(\\$\\{\\w+:)[^}]+(?:}|$)");

  /** Matches a name and the sign that gives it a value, as in a connection string. */
  private static final Pattern ASSIGNED =
      Pattern.compile("(?<![\\w.-])([\\w.-]{1,80})[\"']?\\s{0,9}[=:]\\s{0,9}(?=[^\\s=:])");

  /**
   * Matches the same in a sentence. A colon counts only before a quoted value, because names of
   * keys stand before colons in sentences.
   */
  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "(?<![\\w.-])([\\w.-]{1,80})"
              + "(?:[\"']?\\s{0,9}=\\s{0,9}[\"']?|[\"']?\\s{0,9}:\\s{0,9}[\"'])(?=[^;&\"'\\s])");

  /** Matches the value that begins there. */
  private static final Pattern ASSIGNED_VALUE = Pattern.compile("[^;&\"'\\n]+");

  private static final Pattern QUOTED = Pattern.compile("([\"'])([^\"'\\n]{1,2000})\\1");

  /**
   * Matches words in front of a secret without a sign between: an option, or {@code password x}.
   */
  private static final Pattern ANNOUNCED =
      Pattern.compile(
          "(?i)(?<![\\w-])(?:--?([\\w-]{1,80})|([\\w.-]{0,60}(?:password|passwd|passphrase|passcode|secret|token|pwd|pw)))"
              + "\\s{1,9}\\S");

  private static final Pattern REFERENCE = Pattern.compile("\\$\\{(\\w+)(?::…)?}");
  private static final Pattern FILE = Pattern.compile("[\\w./-]{1,100}\\.[a-z]{1,5}");
  private static final Pattern PATH = Pattern.compile("\\.{0,2}/");
  private static final Pattern IN_FILE = Pattern.compile("file:\\S{1,200}");
  private static final Pattern VALUE = Pattern.compile("^(\\s*(?:- )?[\\w\"'-]+\\s*:\\s+)\\S.*");

  /** Matches numbers, rates, sizes, durations and booleans, none of which is a secret. */
  private static final Pattern PLAIN =
      Pattern.compile(
          "true|false|[-+]?[0-9]{1,19}(?:\\.[0-9]{1,19})?"
              + "(?: ?(?:ns|us|ms|[smhd]|min|/[smhd]|/min|%|[KMG]i?B|B))?"
              + "|P(?:[0-9]{1,9}D)?(?:T(?:[0-9.]{1,12}[HMS]){1,3})?");

  /** The keys of a link that stand beside its options. */
  private static final Set<String> BESIDE_OPTIONS = Set.of("filter", "on-error");

  private SecretMask() {}

  /** Whether a text has a form that no secret has. */
  static boolean isPlain(String text) {
    return PLAIN.matcher(text).matches();
  }

  /** Whether a text names the variable or the file of a secret, and is none itself. */
  static boolean isReference(String text) {
    if (text.length() > LONGEST_VALUE) {
      return false;
    }
    var variable = REFERENCE.matcher(text);
    return variable.matches()
        ? !noName(variable.group(1))
        : IN_FILE.matcher(text).matches() && !mayBeInFile(text);
  }

  /**
   * Whether a value is an option of a filter or processor.
   *
   * @param keys the keys that lead to the value from the root, with an empty text for each list
   */
  static boolean isOption(List<String> keys) {
    if (keys.size() < 2) {
      return false;
    }
    var last = keys.getLast();
    return switch (keys.getFirst()) {
      case "chain" ->
          keys.size() == 2 ? !last.isEmpty() : keys.size() != 4 || !BESIDE_OPTIONS.contains(last);
      case "processors" -> keys.size() > 3 || (keys.size() == 3 && !last.equals("class"));
      default -> false;
    };
  }

  /**
   * Returns a value in quotation marks, or a hint instead of the value.
   *
   * @param written the text in the source
   * @param path the names of the keys that lead to the value
   */
  static String value(String written, String path) {
    if (written.length() > LONGEST_VALUE) {
      return notShown(written);
    }
    var text = harmless(written);
    if (isReference(text)) {
      return "'" + text + "'";
    }
    var hidden =
        secretive(path)
            ? text.length() > SHORT
            : !sentence(text).equals(text)
                || announces(text)
                || CHOSEN.matcher(text).matches()
                || LETTERS.matcher(text).matches()
                || (MADE.matcher(text).matches() && !FILE.matcher(text).matches());
    return hidden || text.indexOf('\n') >= 0 ? notShown(text) : "'" + text + "'";
  }

  /**
   * Returns a value that must be one of several, in quotation marks or as a hint. It is shown if it
   * is close to a valid one, or has a part between hyphens in common with one.
   *
   * @param written the text in the source
   * @param path the names of the keys that lead to the value
   */
  static String choice(String written, String path, Collection<String> valid) {
    var parts = Arrays.asList(written.split("-", -1));
    var near =
        Nearest.to(written, valid).isPresent()
            || valid.stream()
                .flatMap(name -> Arrays.stream(name.split("-", -1)))
                .anyMatch(parts::contains);
    return near && word(written, valid).equals(written)
        ? "'" + written + "'"
        : value(written, path);
  }

  private static String notShown(String text) {
    return "what is written there (%d characters, not shown: it may be a secret)"
        .formatted(text.length());
  }

  /**
   * Returns an unknown key as errors show it. It is shown if it is close to a valid key or can't be
   * a secret.
   */
  static String key(String key, String path, Collection<String> valid) {
    if (key.length() > LONGEST) {
      return HIDDEN;
    }
    var text = harmless(key);
    var secrets = secretive(path) || valid.stream().anyMatch(k -> SECRET.matcher(k).find());
    var hidden =
        ((secrets && text.length() > SHORT) || noName(text) || announces(text))
            && Nearest.to(key, valid).isEmpty();
    return hidden ? HIDDEN : sentence(text);
  }

  /**
   * Returns a key of a map that allows any keys, as errors show it. It is hidden if it may be a
   * secret in the place of a key.
   */
  static String anyKey(String key, String path) {
    if (key.length() > LONGEST) {
      return HIDDEN;
    }
    var text = harmless(key);
    var hidden = announces(text) || (secretive(path) ? MADE.matcher(text).matches() : noName(text));
    return hidden ? HIDDEN : sentence(text);
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
    if (word.length() > LONGEST) {
      return HIDDEN;
    }
    var text = harmless(word);
    if (Nearest.to(word, valid).isPresent()) {
      return text;
    }
    return text.indexOf('\n') >= 0 || noName(text) || announces(text) ? HIDDEN : sentence(text);
  }

  /**
   * Replaces texts that look like secrets in a sentence that quotes a user. Cuts a sentence of over
   * 10,000 characters.
   */
  public static String sentence(String sentence) {
    var quotes =
        QUOTED
            .matcher(harmless(cut(sentence)))
            .replaceAll(quote ->
                announces(quote.group(2))
                    ? quote.group(1) + HIDDEN + quote.group(1)
                    : Matcher.quoteReplacement(quote.group()));
    return PIECE
        .matcher(withoutAssigned(quotes))
        .replaceAll(piece -> Matcher.quoteReplacement(piece(piece.group())));
  }

  /** Returns a piece of a sentence, or a hint instead. Of a URL the parts between slashes count. */
  private static String piece(String piece) {
    if (piece.startsWith("//")) {
      return Arrays.stream(piece.split("/", -1))
          .map(part -> noName(part) ? HIDDEN : part)
          .collect(Collectors.joining("/"));
    }
    return noName(piece) && !PATH.matcher(piece).lookingAt() ? HIDDEN : piece;
  }

  private static String withoutAssigned(String text) {
    var shown = new StringBuilder();
    var name = ASSIGNMENT.matcher(text);
    var value = ASSIGNED_VALUE.matcher(text);
    var done = 0;
    while (name.find(Math.max(done, name.hasMatch() ? name.end() : 0))) {
      if (isSecretName(name.group(1)) && value.find(name.end())) {
        shown.append(text, done, name.end()).append(HIDDEN);
        done = value.end();
      }
    }
    return shown.append(text, done, text.length()).toString();
  }

  private static String cut(String sentence) {
    if (sentence.length() <= LONGEST_SENTENCE) {
      return sentence;
    }
    var end = sentence.lastIndexOf(' ', LONGEST_SENTENCE);
    return sentence.substring(0, Math.max(0, end)) + HIDDEN;
  }

  /** Whether a text has a name of a secret, and a value behind it. */
  private static boolean announces(String text) {
    return text.contains("-----BEGIN")
        || ASSIGNED.matcher(text).results().anyMatch(found -> isSecretName(found.group(1)))
        || ANNOUNCED
            .matcher(text)
            .results()
            .anyMatch(found -> found.group(2) != null || isSecretName(found.group(1)));
  }

  private static boolean isSecretName(String name) {
    return SECRET_NAME.matcher(name.toLowerCase(Locale.ROOT)).find();
  }

  private static boolean noName(String text) {
    if (text.length() > LONGEST) {
      return true;
    }
    return (text.length() >= MADE_LENGTH && ALTERNATING.matcher(text).matches())
        || (MADE.matcher(text).matches()
            && !FILE.matcher(text).matches()
            && !NAMES.matcher(text).matches());
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
    if (option.length() > LONGEST_VALUE) {
      return HIDDEN;
    }
    var key =
        Arrays.stream(option.substring(0, equals).split("\\.", -1))
            .map(SecretMask::word)
            .collect(Collectors.joining("."));
    var written = option.substring(equals + 1);
    var shown =
        key.endsWith(".filter") // a name
            ? word(written).equals(written)
            : value(written, option.substring(0, equals)).startsWith("'")
                && !mayHaveSecret(key, written);
    return key + "=" + (shown ? harmless(written) : HIDDEN);
  }

  /** Whether an option of the command line may write a secret into a filter or processor. */
  private static boolean mayHaveSecret(String key, String written) {
    var links = key.startsWith("chain") || key.startsWith("processors");
    return links
        && !isPlain(written)
        && !isReference(written)
        && (isOptionOf(key) || written.indexOf(':') >= 0);
  }

  /**
   * Whether a key of the command line leads to an option of a filter or processor.
   *
   * @param key names with dots between; in the chain a name selects an item
   */
  static boolean isOptionOf(String key) {
    var keys = new ArrayList<>(List.of(key.split("\\.", -1)));
    if (keys.size() > 1 && keys.getFirst().equals("chain")) {
      keys.add(1, "");
    }
    return isOption(keys);
  }

  /** Returns a line of the source as errors show it, without values that may be secrets. */
  static String line(String line) {
    if (line.length() > LONGEST_VALUE) {
      return HIDDEN;
    }
    var matcher = VALUE.matcher(line);
    if (!matcher.matches()) {
      return MADE.matcher(line.strip()).matches() || announces(line) ? HIDDEN : sentence(line);
    }
    var key = matcher.group(1).replaceAll("[\\s\"':]|- ", "");
    return value(line.substring(matcher.end(1)), key).startsWith("'")
        ? sentence(line)
        : matcher.group(1) + "…";
  }

  /**
   * Removes logins, the query of a URL, what follows Bearer or Basic, and the default of a
   * variable. The text has a limited length.
   */
  private static String harmless(String text) {
    var logins = LOGIN_ALONE.matcher(LOGIN.matcher(text).replaceAll("$1…@")).replaceAll("…@");
    var url = QUERY.matcher(logins).replaceAll("$1…");
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
