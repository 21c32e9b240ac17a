package io.lhttp.app.secrets;

import io.lhttp.Secret;
import io.lhttp.Secrets;
import io.lhttp.app.code.Hash;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Entry;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Scalar;
import io.lhttp.app.config.Node.Sequence;
import io.lhttp.app.config.Node.Unread;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.SecretMask;
import io.lhttp.internal.text.Nearest;
import io.lhttp.scripts.modules.FileTrust;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the secrets of one reading of {@code lhttp.yaml}. A secret is a text, or {@code file:PATH}
 * with an absolute path or one from the application's folder. Remembers the files, so that a reload
 * and the watch over the folder notice their changes.
 *
 * <p>The thread that reads the configuration fills this object; afterwards all threads may read it.
 */
public final class SecretFiles {
  private static final String EXPECTED = "a secret that is not empty, or file:PATH";

  /** The most names of a folder that are compared with a name that does not exist. */
  private static final int MOST_NAMES = 1000;

  /** Goes into each hash, so that a hash that leaves the process reveals nothing of a secret. */
  private static final String SALT = UUID.randomUUID().toString();

  private final Path folder;
  private final FileTrust trust;

  /** The hashes of the files by their paths as written; empty for a file that can't be read. */
  private final Map<String, String> hashes = new TreeMap<>();

  private final List<Problem> advice = new ArrayList<>();

  /**
   * @param checked whether the permissions of files are checked
   */
  public SecretFiles(Path folder, boolean checked) {
    this.folder = folder;
    this.trust = new FileTrust(folder, checked);
  }

  /** Lets a binder read {@link Secret} and {@link Secrets}. */
  public Binder on(Binder binder) {
    return binder.withSecret(Secret.class, this::secret).withSecret(Secrets.class, this::secrets);
  }

  /**
   * Returns options with the contents of files in place of all texts {@code file:PATH}.
   *
   * @param name the name of the options in error messages
   * @param problems gets an error for each file that can't be used
   */
  public Node resolved(Node node, String name, Problems problems) {
    return switch (node) {
      case Scalar scalar
          when scalar.value() instanceof String
              && scalar.text().startsWith(SecretMask.FILE_PREFIX) ->
          content(scalar, name, problems)
              .<Node>map(text -> new Scalar(scalar.place(), text, scalar.written(), text))
              .orElseGet(() -> new Unread(scalar.place()));
      case Mapping mapping ->
          new Mapping(
              mapping.place(),
              mapping.entries().stream().map(entry -> resolved(entry, name, problems)).toList());
      case Sequence sequence -> {
        var items = new ArrayList<Node>();
        for (var item : sequence.items()) {
          items.add(resolved(item, name + "[" + items.size() + "]", problems));
        }
        yield new Sequence(sequence.place(), items);
      }
      default -> node;
    };
  }

  private Entry resolved(Entry entry, String name, Problems problems) {
    var path = name + "." + SecretMask.word(entry.key());
    return new Entry(entry.place(), entry.key(), resolved(entry.value(), path, problems));
  }

  /** The files of secrets that the configuration names, also those that can't be read. */
  public Set<Path> files() {
    var files = new TreeSet<Path>();
    hashes.keySet().forEach(written -> path(written).ifPresent(files::add));
    return files;
  }

  /** Hashes of the files' contents, by their paths as the configuration has them. */
  public Map<String, String> hashes() {
    return Collections.unmodifiableMap(hashes);
  }

  /** Whether all files still have the contents that were read. */
  public boolean areCurrent() {
    return hashes.entrySet().stream()
        .allMatch(entry ->
            path(entry.getKey())
                .map(file -> hash(file).equals(entry.getValue()))
                .orElse(entry.getValue().isEmpty()));
  }

  /** Warnings about files that every user of the machine may read. */
  public List<Problem> advice() {
    return List.copyOf(advice);
  }

  private @Nullable Secrets secrets(Node node, String name, Binder binder) {
    if (!(node instanceof Sequence sequence)) {
      var secret = secret(node, name, binder);
      return secret == null ? null : new Secrets(List.of(secret));
    }
    var all = new ArrayList<Secret>();
    for (var i = 0; i < sequence.items().size(); i++) {
      var secret = secret(sequence.items().get(i), name + "[" + i + "]", binder);
      if (secret != null) {
        all.add(secret);
      }
    }
    if (sequence.items().isEmpty() || sequence.items().size() > Secrets.MOST) {
      binder
          .problems()
          .add(
              sequence.place(),
              "%s: expected one secret, or two while one replaces the other, not %d",
              name,
              sequence.items().size());
      return null;
    }
    return all.size() == sequence.items().size() ? new Secrets(all) : null;
  }

  private @Nullable Secret secret(Node node, String name, Binder binder) {
    if (node instanceof Unread) {
      return null;
    }
    if (!(node instanceof Scalar scalar) || scalar.text().isBlank()) {
      binder
          .problems()
          .add(
              node.place(),
              "%s: expected %s, not %s%s",
              name,
              EXPECTED,
              node.describe(name),
              spaced(node));
      return null;
    }
    if (!scalar.text().startsWith(SecretMask.FILE_PREFIX)) {
      return Secret.of(scalar.text());
    }
    var content = content(scalar, name, binder.problems());
    content.ifPresent(binder::addContent);
    return content.map(Secret::of).orElse(null);
  }

  /** Returns a hint for {@code file: PATH}, which YAML reads as a key with a value. */
  private static String spaced(Node node) {
    return node instanceof Mapping mapping
            && mapping.entries().size() == 1
            && mapping.entry("file").isPresent()
        ? ": write file:PATH without a space"
        : "";
  }

  /** Returns the secret in a file. Empty, with a problem, if there is none that may be used. */
  private Optional<String> content(Scalar scalar, String name, Problems problems) {
    var written = scalar.text().substring(SecretMask.FILE_PREFIX.length()).strip();
    hashes.putIfAbsent(written, "");
    var path = path(written);
    if (path.isEmpty()) {
      problems.add(
          scalar.place(), "%s: expected %s, not %s", name, EXPECTED, scalar.describe(name));
      return Optional.empty();
    }
    var file = path.get();
    try {
      var objection = trust.objectionToSecret(file);
      if (objection.isPresent()) {
        problems.add(scalar.place(), "%s: %s", name, objection.get());
        return Optional.empty();
      }
      var content = SecretText.read(file);
      hashes.put(written, Hash.of(SALT, content));
      if (trust.isReadByAll(file)) {
        advise(
            new Problem(
                scalar.place(),
                "%s: every user of this machine may read it; chmod o-r %s".formatted(name, file)));
      }
      return Optional.of(content);
    } catch (SecretText.Unusable e) {
      problems.add(scalar.place(), "%s: %s: %s", name, shown(scalar), e.reason());
    } catch (IOException _) {
      problems.add(
          scalar.place(),
          "%s: no file that can be read: %s%s",
          name,
          shown(scalar),
          nearest(scalar, file));
    }
    return Optional.empty();
  }

  private void advise(Problem warning) {
    if (!advice.contains(warning)) {
      advice.add(warning);
    }
  }

  private Optional<Path> path(String written) {
    try {
      return written.isEmpty()
          ? Optional.empty()
          : Optional.of(folder.resolve(written).toAbsolutePath());
    } catch (InvalidPathException _) {
      return Optional.empty();
    }
  }

  private static String hash(Path file) {
    try {
      return Hash.of(SALT, SecretText.read(file));
    } catch (SecretText.Unusable | IOException _) {
      return "";
    }
  }

  /** Returns the path for an error message, or a hint in its place if it may be a secret. */
  private static String shown(Scalar scalar) {
    var written = scalar.written();
    return scalar.maybeSecretOfFile()
        ? scalar.describe("secret")
        : written.startsWith(SecretMask.FILE_PREFIX)
            ? written.substring(SecretMask.FILE_PREFIX.length()).strip()
            : written;
  }

  /** Returns the file of the same folder whose name is the nearest, for an error message. */
  private static String nearest(Scalar scalar, Path file) {
    var parent = file.getParent();
    var name = file.getFileName();
    if (parent == null || name == null || scalar.maybeSecretOfFile()) {
      return "";
    }
    try (var files = Files.list(parent)) {
      var names =
          files.limit(MOST_NAMES).map(other -> other.getFileName().toString()).sorted().toList();
      return Nearest.to(name.toString(), names)
          .filter(near -> !near.equals(name.toString()))
          .map(near -> ", did you mean '%s'?".formatted(SecretMask.word(near)))
          .orElse("");
    } catch (IOException | UncheckedIOException _) {
      return "";
    }
  }
}
