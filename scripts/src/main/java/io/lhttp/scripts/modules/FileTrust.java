package io.lhttp.scripts.modules;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether the server may run a file, or use the secret in it, by the users who could have
 * written it. These must be root, the user who runs the server, the owner of the application's
 * folder, or members of a group to which one of them gave write permission.
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
  record Facts(
      String owner,
      boolean othersRead,
      boolean othersWrite,
      boolean sticky,
      boolean readOnly,
      String fileSystem) {}

  /** Reads the attributes of a path; empty if the file system has no owners. */
  @FunctionalInterface
  interface Look {
    Optional<Facts> at(Path real) throws IOException;
  }

  private final Look look;

  /**
   * @param checked whether permissions are checked. On file systems without permissions only links
   *     are checked
   */
  public FileTrust(Path folder, boolean checked) {
    this(folder, checked, user(), FileTrust::look);
  }

  FileTrust(Path folder, boolean checked, String user, Look look) {
    this.folder = folder;
    this.checked = checked;
    this.user = user;
    this.look = look;
  }

  /** Returns the reason why a file or folder must not be trusted; empty if it is trusted. */
  public Optional<String> objection(Path path) throws IOException {
    var real = path.toRealPath();
    var home = folder.toRealPath();
    if (!real.startsWith(home)) {
      return Optional.of("a link that leads out of %s, to %s".formatted(folder, real));
    }
    return objection(path, real, "it is not run");
  }

  /**
   * Returns the reason why the secret in a file must not be used; empty if it may be used. The file
   * may be a link that leads anywhere, as those of Kubernetes are.
   */
  public Optional<String> objectionToSecret(Path path) throws IOException {
    var real = path.toRealPath();
    var refused = "its secret is not used";
    var objection = objection(path, real, refused);
    var parent = real.getParent();
    if (objection.isPresent() || parent == null) {
      return objection;
    }
    return facts(parent)
        .filter(facts -> facts.othersWrite && !facts.sticky)
        .map(
            _ -> "every user may write its folder, so %s; chmod o-w %s".formatted(refused, parent));
  }

  /**
   * Whether every user of the machine may read a file. False on a read-only file system, because
   * containers mount their secrets so, readable for the users of the container.
   */
  public boolean isReadByAll(Path path) throws IOException {
    return facts(path.toRealPath()).filter(facts -> facts.othersRead).isPresent();
  }

  /** Returns the attributes that count; empty on a file system that needs no permissions. */
  private Optional<Facts> facts(Path real) throws IOException {
    return checked ? look.at(real).filter(facts -> !facts.readOnly) : Optional.empty();
  }

  private Optional<String> objection(Path path, Path real, String refused) throws IOException {
    var found = facts(real);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    var facts = found.get();
    if (facts.othersWrite) {
      return Optional.of(
          "every user may write it, so %s; ".formatted(refused)
              + (PLAIN.contains(facts.fileSystem)
                  ? "its file system (%s) knows no permissions: --set file-permissions=ignored"
                      .formatted(facts.fileSystem)
                  : "chmod o-w " + path));
    }
    if (facts.owner.equals(user) || facts.owner.equals(ROOT)) {
      return Optional.empty();
    }
    var owner = look.at(folder.toRealPath()).map(Facts::owner).orElse(facts.owner);
    return facts.owner.equals(owner)
        ? Optional.empty()
        : Optional.of(
            ("it belongs to %s, who is neither root, nor %s who runs the server, nor %s who owns the"
                    + " folder, so %s; chown %s %s")
                .formatted(facts.owner, user, owner, refused, owner, path));
  }

  private static Optional<Facts> look(Path real) throws IOException {
    var view = Files.getFileAttributeView(real, PosixFileAttributeView.class);
    if (view == null) {
      return Optional.empty();
    }
    PosixFileAttributes attributes = view.readAttributes();
    var permissions = attributes.permissions();
    var sticky = ((int) Files.getAttribute(real, "unix:mode") & STICKY) != 0;
    var store = Files.getFileStore(real);
    return Optional.of(
        new Facts(
            attributes.owner().getName(),
            permissions.contains(PosixFilePermission.OTHERS_READ),
            permissions.contains(PosixFilePermission.OTHERS_WRITE),
            sticky,
            store.isReadOnly(),
            store.type()));
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
