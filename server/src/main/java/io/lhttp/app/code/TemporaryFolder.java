package io.lhttp.app.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of this process for copies of jars and native libraries. The process holds a lock in
 * it. The next process deletes folders without a lock, which are those of dead processes. All
 * threads may use it.
 */
final class TemporaryFolder {
  private static final Logger log = LoggerFactory.getLogger(TemporaryFolder.class);
  private static final String PREFIX = "lhttp-code-";
  private static final String LOCK = "lock";

  private static @Nullable TemporaryFolder own;

  private final Path path;

  /** Held until the process ends. */
  @SuppressWarnings("unused") // the lock ends with the object
  private final FileLock lock;

  private TemporaryFolder(Path path, FileLock lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Creates an empty file with this ending, which the caller deletes. */
  static synchronized Path file(String ending) throws IOException {
    if (own == null || !Files.isDirectory(own.path)) {
      var parent = Path.of(System.getProperty("java.io.tmpdir"));
      deleteOfTheDead(parent);
      own = in(parent);
      var folder = own;
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder.path)));
    }
    return Files.createTempFile(own.path, "lhttp-", ending);
  }

  /** Creates a locked folder. */
  static TemporaryFolder in(Path parent) throws IOException {
    var path = Files.createTempDirectory(parent, PREFIX);
    var beginning = path.resolve("begin");
    var channel =
        FileChannel.open(beginning, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    var lock = channel.lock();
    // the name appears with the lock held, so that no other process takes the folder for a dead one
    Files.move(beginning, path.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
    return new TemporaryFolder(path, lock);
  }

  Path path() {
    return path;
  }

  /** Deletes the folders whose processes have ended; returns their number. */
  static int deleteOfTheDead(Path parent) {
    var deleted = 0;
    try (var folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (var folder : folders) {
        if (isDead(folder)) {
          delete(folder);
          deleted++;
        }
      }
    } catch (IOException e) {
      log.warn("can't look for copies of jars in folder={}", parent, e);
    }
    return deleted;
  }

  private static boolean isDead(Path folder) {
    if (Files.isSymbolicLink(folder) || !Files.isWritable(folder.resolve(LOCK))) {
      return false; // another user's, or just being created
    }
    try (var channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE);
        var lock = channel.tryLock()) {
      return lock != null;
    } catch (IOException | java.nio.channels.OverlappingFileLockException _) {
      return false; // this process's own
    }
  }

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
