package io.lhttp.scripts.modules;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.scripts.modules.Mounts.Mount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether the server may run a file, or use the secret in it, by the users who could have
 * written it. These must be root, the user who runs the server, the owner of the application's
 * folder, or members of a group to which one of them gave write permission. On a read-only file
 * system nobody could have. In a folder that is mounted read-only, the mode does not count, because
 * nobody can change it there.
 *
 * <p>Links that lead out of the folder are refused for files that run, but not for secrets. The
 * folders above the application's are not checked. Immutable.
 */
public final class FileTrust {
  private static final String ROOT = "root";

  /** File systems on which {@code chmod} has no effect, as in WSL and on USB sticks. */
  private static final Set<String> PLAIN =
      Set.of("9p", "drvfs", "vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "cifs");

  /** In a folder with this bit of its mode, users may replace only files of their own. */
  private static final int STICKY = 0x200;

  private final Path folder;
  private final boolean checked;
  private final String user;

  /** The attributes of a file or folder that is no link. */
  record Facts(String owner, boolean othersRead, boolean othersWrite, boolean sticky) {}

  /** Reads the attributes of a path; empty if the file system has no owners. */
  @FunctionalInterface
  interface Look {
    Optional<Facts> at(Path real) throws IOException;
  }

  /** Reads the kernel's list of mounts. */
  @FunctionalInterface
  interface MountTable {
    String text() throws IOException;
  }

  private final Look look;
  private final MountTable mountTable;

  /**
   * @param checked whether permissions are checked. On file systems without permissions only links
   *     are checked
   */
  public FileTrust(Path folder, boolean checked) {
    this(folder, checked, user(), FileTrust::look, FileTrust::mountInfo);
  }

  FileTrust(Path folder, boolean checked, String user, Look look, MountTable mountTable) {
    this.folder = folder;
    this.checked = checked;
    this.user = user;
    this.look = look;
    this.mountTable = mountTable;
  }

  /** Returns the reason why a file or folder must not be trusted; empty if it is trusted. */
  public Optional<String> objection(Path path) throws IOException {
    var real = path.toRealPath();
    var home = folder.toRealPath();
    if (!real.startsWith(home)) {
      return Optional.of("a link that leads out of %s, to %s".formatted(folder, real));
    }
    var found = facts(real);
    return found.isEmpty() || fits(found.get())
        ? Optional.empty()
        : codeObjection(path, found.get(), mounted(real, home));
  }

  private Optional<String> codeObjection(Path path, Facts facts, Mounted mounted)
      throws IOException {
    if (mounted.fileSystemIsReadOnly() || (mounted.readOnly && isTrusted(facts.owner))) {
      return Optional.empty();
    }
    return Optional.of(
        facts.othersWrite && !mounted.readOnly
            ? writable(path, mounted, "it is not run")
            : foreign(path, facts, "it is not run"));
  }

  /**
   * Returns the reason why the secret in a file must not be used; empty if it may be used. The file
   * may be a link that leads anywhere, as those of Kubernetes are. In a folder that is mounted
   * read-only it may belong to any user.
   */
  public Optional<String> objectionToSecret(Path path) throws IOException {
    var real = path.toRealPath();
    var refused = "its secret is not used";
    var parent = real.getParent();
    if (parent == null) {
      return Optional.empty();
    }
    var found = facts(real);
    if (found.isPresent() && !fits(found.get())) {
      var mounted = mounted(real, parent);
      if (!mounted.protectsSecrets()) {
        return Optional.of(
            found.get().othersWrite
                ? writable(path, mounted, refused)
                : foreign(path, found.get(), refused));
      }
    }
    if (facts(parent).filter(facts -> facts.othersWrite && !facts.sticky).isEmpty()) {
      return Optional.empty();
    }
    return mounted(parent, parent).protectsSecrets()
        ? Optional.empty()
        : Optional.of(
            "every user may write its folder, so %s; chmod o-w %s".formatted(refused, parent));
  }

  /**
   * Whether every user of the machine may read a file. False on a read-only mount, because
   * containers mount their secrets so, readable for the users of the container.
   */
  public boolean isReadByAll(Path path) throws IOException {
    var real = path.toRealPath();
    return facts(real).filter(facts -> facts.othersRead).isPresent()
        && mounts().at(real).filter(FileTrust::isReadOnlyOnItsOwn).isEmpty();
  }

  private static boolean isReadOnlyOnItsOwn(Mount mount) {
    return mount.fileSystemIsReadOnly() || (mount.isReadOnly() && mount.point().getNameCount() > 0);
  }

  /** Returns the attributes that count; empty on a file system that has no owners. */
  private Optional<Facts> facts(Path real) throws IOException {
    return checked ? look.at(real) : Optional.empty();
  }

  /** Whether only trusted users could have written a file, whatever its mount. */
  private boolean fits(Facts facts) throws IOException {
    return !facts.othersWrite && isTrusted(facts.owner);
  }

  private boolean isTrusted(String owner) throws IOException {
    return owner.equals(user) || owner.equals(ROOT) || owner.equals(ownerOfFolder().orElse(owner));
  }

  private Optional<String> ownerOfFolder() throws IOException {
    return look.at(folder.toRealPath()).map(Facts::owner);
  }

  private static String writable(Path path, Mounted mounted, String refused) {
    return "every user may write it, so %s; ".formatted(refused)
        + mounted
            .mount
            .map(Mount::fileSystem)
            .filter(PLAIN::contains)
            .map(
                "its file system (%s) knows no permissions: --set file-permissions=ignored"
                    ::formatted)
            .orElse("chmod o-w " + path);
  }

  private String foreign(Path path, Facts facts, String refused) throws IOException {
    var owner = ownerOfFolder().orElse(ROOT);
    return ("it belongs to %s, who is neither root, nor %s who runs the server, nor %s who owns the"
            + " folder, so %s; chown %s %s")
        .formatted(facts.owner, user, owner, refused, owner, path);
  }

  /**
   * The mount of a file.
   *
   * @param readOnly whether somebody has mounted the file's place read-only on purpose
   */
  private record Mounted(Optional<Mount> mount, boolean readOnly) {
    boolean protectsSecrets() {
      return readOnly || fileSystemIsReadOnly();
    }

    boolean fileSystemIsReadOnly() {
      return mount.filter(Mount::fileSystemIsReadOnly).isPresent();
    }
  }

  /** Looks a mount up. Called for few files only, because the list of mounts may be long. */
  private Mounted mounted(Path real, Path place) {
    var mounts = mounts();
    var mount = mounts.at(real);
    return new Mounted(mount, mount.filter(it -> mounts.mountsReadOnly(it, place)).isPresent());
  }

  /** Returns the mounts; none if they can't be read, so that nothing counts as read-only. */
  private Mounts mounts() {
    try {
      return Mounts.parse(mountTable.text());
    } catch (IOException | RuntimeException _) {
      return new Mounts(List.of());
    }
  }

  private static String mountInfo() throws IOException {
    return new String(Files.readAllBytes(Path.of("/proc/self/mountinfo")), UTF_8);
  }

  private static Optional<Facts> look(Path real) throws IOException {
    var view = Files.getFileAttributeView(real, PosixFileAttributeView.class);
    if (view == null) {
      return Optional.empty();
    }
    PosixFileAttributes attributes = view.readAttributes();
    var permissions = attributes.permissions();
    var sticky = ((int) Files.getAttribute(real, "unix:mode") & STICKY) != 0;
    return Optional.of(
        new Facts(
            attributes.owner().getName(),
            permissions.contains(PosixFilePermission.OTHERS_READ),
            permissions.contains(PosixFilePermission.OTHERS_WRITE),
            sticky));
  }

  /** Returns the user of this process, in the form in which the file system names owners. */
  private static String user() {
    try {
      return Files.getOwner(Path.of("/proc/self")).getName();
    } catch (IOException | RuntimeException _) {
      return System.getProperty("user.name", "");
    }
  }
}
