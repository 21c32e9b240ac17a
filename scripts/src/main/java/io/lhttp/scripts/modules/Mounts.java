package io.lhttp.scripts.modules;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The mounts that this process sees, as Linux lists them in {@code /proc/self/mountinfo} (see
 * proc(5)). Immutable.
 *
 * <p>The file store of the JDK is no substitute: it does not see a bind mount of a folder on the
 * same device.
 */
record Mounts(List<Mount> all) {
  private static final Path ROOT = Path.of("/");
  private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");
  private static final Comparator<Mount> OUTERMOST =
      Comparator.comparingInt(mount -> mount.point.getNameCount());

  Mounts {
    all = List.copyOf(all);
  }

  /**
   * One mount.
   *
   * @param parent the mount on which it lies
   * @param root the folder of its file system that is mounted; {@code /} for the whole
   * @param options of this mount; another mount of the same file system may have others
   * @param shared the options of the file system, for all its mounts
   */
  record Mount(
      int id,
      int parent,
      String device,
      Path root,
      Path point,
      Set<String> options,
      String fileSystem,
      Set<String> shared) {
    /** Whether no mount of the file system can be written to. */
    boolean fileSystemIsReadOnly() {
      return shared.contains("ro");
    }

    /** Whether nobody can write through this mount; others may write through another mount. */
    boolean isReadOnly() {
      return options.contains("ro");
    }

    /** Whether the mount shows a folder of its file system, not the whole or a subvolume. */
    private boolean ofFolder() {
      return !root.equals(ROOT) && !shared.contains("subvol=" + root);
    }
  }

  /**
   * Parses the kernel's list.
   *
   * @throws RuntimeException if it is malformed
   */
  static Mounts parse(String text) {
    return new Mounts(text.lines().map(Mounts::mount).toList());
  }

  private static Mount mount(String line) {
    var words = List.of(line.split(" ", -1));
    var rest = words.subList(words.indexOf("-"), words.size());
    return new Mount(
        Integer.parseInt(words.get(0)),
        Integer.parseInt(words.get(1)),
        words.get(2),
        path(words.get(3)),
        path(words.get(4)),
        options(words.get(5)),
        rest.get(1),
        options(unescaped(rest.get(3))));
  }

  private static Set<String> options(String words) {
    return Set.copyOf(List.of(words.split(",", -1)));
  }

  private static Path path(String word) {
    return Path.of(unescaped(word));
  }

  /** Decodes spaces, tabs, line feeds and backslashes, which the kernel writes in octal. */
  private static String unescaped(String word) {
    return ESCAPED
        .matcher(word)
        .replaceAll(found ->
            Matcher.quoteReplacement(Character.toString(Integer.parseInt(found.group(1), 8))));
  }

  /**
   * Returns the mount on which a file lies; empty if the list does not show it, as in some chroots.
   *
   * @param real an absolute path without links
   */
  Optional<Mount> at(Path real) {
    var top = all.stream().filter(this::isTop).filter(mount -> real.startsWith(mount.point));
    var found = top.min(OUTERMOST);
    while (found.isPresent()) {
      var next = over(found.get(), real);
      if (next.isEmpty()) {
        return found;
      }
      found = next;
    }
    return found;
  }

  /** Whether the mount lies on none of the others that this process sees. */
  private boolean isTop(Mount mount) {
    return mount.parent == mount.id || parent(mount).isEmpty();
  }

  private Optional<Mount> parent(Mount mount) {
    return all.stream().filter(other -> other.id == mount.parent).findAny();
  }

  /** Returns the first mount on the way from this one down to a file. */
  private Optional<Mount> over(Mount mount, Path real) {
    return all.stream()
        .filter(other -> other.parent == mount.id && other.id != mount.id)
        .filter(other -> real.startsWith(other.point))
        .min(OUTERMOST);
  }

  /**
   * Whether the mount is read-only because somebody has mounted the application that way: it shows
   * a folder of its file system, and lies at the application's folder or below it. It may lie above
   * too, unless it belongs to a view of the whole system that is read-only for this process alone,
   * as under systemd's {@code ProtectSystem=strict}: other users may write there.
   */
  boolean mountsReadOnly(Mount mount, Path application) {
    return mount.isReadOnly()
        && mount.ofFolder()
        && (mount.point.startsWith(application)
            || (!showsItsOwnPlace(mount)
                && at(ROOT).filter(root -> !root.isReadOnly()).isPresent()));
  }

  /**
   * Whether the mount shows the folder that it covers, as systemd mounts {@code /home} for {@code
   * ProtectHome=read-only}.
   */
  private boolean showsItsOwnPlace(Mount mount) {
    return parent(mount)
        .filter(below -> below.device.equals(mount.device))
        .filter(below -> mount.point.startsWith(below.point))
        .map(below -> below.root.resolve(below.point.relativize(mount.point)).normalize())
        .filter(mount.root::equals)
        .isPresent();
  }
}
