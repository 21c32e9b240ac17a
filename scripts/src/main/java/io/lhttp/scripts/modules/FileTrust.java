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
 * Decides whether the server may run a file, by the users who could have written it. These must be
 * root, the user who runs the server, the owner of the application's folder, or members of a group
 * to which one of them gave write permission.
 *
 * <p>Links that lead out of the folder are refused as well. The folders above the application's are
 * not checked. Immutable.
 */
public final class FileTrust {
  private static final String ROOT = "root";

  /** File systems on which {@code chmod} has no effect, as in WSL and on USB sticks. */
  private static final Set<String> PLAIN =
      Set.of("9p", "drvfs", "vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "cifs");

  private final Path folder;
  private final boolean checked;
  private final String user;

  /** The attributes of a file or folder that is no link. */
  record Facts(String owner, boolean othersWrite, boolean readOnly, String fileSystem) {}

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
    var found = checked ? look.at(real) : Optional.<Facts>empty();
    if (found.isEmpty() || found.get().readOnly) {
      return Optional.empty(); // a read-only file system needs no permissions
    }
    var facts = found.get();
    if (facts.othersWrite) {
      return Optional.of(
          "every user may write it, so it is not run; "
              + (PLAIN.contains(facts.fileSystem)
                  ? "its file system (%s) knows no permissions: --set file-permissions=ignored"
                      .formatted(facts.fileSystem)
                  : "chmod o-w " + path));
    }
    if (facts.owner.equals(user) || facts.owner.equals(ROOT)) {
      return Optional.empty();
    }
    var owner = look.at(home).map(Facts::owner).orElse(facts.owner);
    return facts.owner.equals(owner)
        ? Optional.empty()
        : Optional.of(
            ("it belongs to %s, who is neither root, nor %s who runs the server, nor %s who owns the"
                    + " folder, so it is not run; chown %s %s")
                .formatted(facts.owner, user, owner, owner, path));
  }

  private static Optional<Facts> look(Path real) throws IOException {
    var view = Files.getFileAttributeView(real, PosixFileAttributeView.class);
    if (view == null) {
      return Optional.empty();
    }
    PosixFileAttributes attributes = view.readAttributes();
    var others = attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    var store = Files.getFileStore(real);
    return Optional.of(
        new Facts(attributes.owner().getName(), others, store.isReadOnly(), store.type()));
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
