package io.lhttp.app.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of this process for copies of jars and native libraries. The process holds a file lock
 * in the folder as long as it runs. The next process deletes folders whose lock nobody holds,
 * because their processes are dead. All threads may use this class.
 */
final class TemporaryFolder {
  private static final Logger log = LoggerFactory.getLogger(TemporaryFolder.class);
  private static final String PREFIX = "lhttp-code-";
  private static final String LOCK = "lock";

  private static @Nullable TemporaryFolder own;

  private final Path path;

  /** The file lock, which this process holds until it ends. */
  @SuppressWarnings("unused") // the lock ends with the object
  private final FileLock lock;

  private TemporaryFolder(Path path, FileLock lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Creates an empty file with this ending; the caller has to delete it. */
  static synchronized Path file(String ending) throws IOException {
    if (own == null || !Files.isDirectory(own.path)) {
      var folder = in(Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath());
      own = folder;
      folder.deleteOfDeadProcesses(Files.getOwner(folder.path));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder.path)));
    }
    return Files.createTempFile(own.path, "lhttp-", ending);
  }

  /** Creates a folder, and locks it for this process. */
  static TemporaryFolder in(Path parent) throws IOException {
    var path = Files.createTempDirectory(parent, PREFIX);
    var beginning = path.resolve("begin");
    var channel =
        FileChannel.open(beginning, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    var lock = channel.lock();
    // the lock file gets its name only when it is locked: otherwise another process could take the
    // folder for that of a dead process
    Files.move(beginning, path.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
    return new TemporaryFolder(path, lock);
  }

  Path path() {
    return path;
  }

  /**
   * Deletes the folders of dead processes beside this one; returns their number. Leaves folders
   * alone that another user owns or may write.
   */
  int deleteOfDeadProcesses(UserPrincipal owner) {
    var parent = Objects.requireNonNull(path.getParent());
    var deleted = 0;
    try (var folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (var folder : folders) {
        // this process skips its own folder: to open and close its own lock file would release the
        // lock
        if (!folder.equals(path) && isDead(folder, owner)) {
          delete(folder);
          deleted++;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      log.warn("can't look for copies of jars in folder={}", parent, e);
    }
    return deleted;
  }

  private static boolean isDead(Path folder, UserPrincipal owner) {
    var lock = folder.resolve(LOCK);
    try {
      if (!isPrivate(folder, owner) || !Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)) {
        return false; // another user's, or just being created
      }
      try (var channel =
              FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
          var held = channel.tryLock()) {
        return held != null;
      }
    } catch (IOException | OverlappingFileLockException _) {
      return false; // already deleted, or another one of this process
    }
  }

  /** Whether the path is a folder that only this owner may write. */
  private static boolean isPrivate(Path folder, UserPrincipal owner) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
        || !Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(owner)) {
      return false;
    }
    var view =
        Files.getFileAttributeView(folder, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    return view == null
        || Collections.disjoint(
            view.readAttributes().permissions(),
            Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE));
  }

  /**
   * Deletes a folder with all it contains. Of symbolic links, the link is deleted and not its
   * target.
   */
  private static void delete(Path folder) {
    List<Path> paths;
    try (Stream<Path> found = Files.walk(folder)) {
      paths = found.sorted(Comparator.reverseOrder()).toList();
    } catch (IOException | UncheckedIOException _) {
      return; // another process deletes it at the same time
    }
    paths.forEach(path -> path.toFile().delete());
  }
}
