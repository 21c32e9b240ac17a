package io.lhttp.revocation;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the list of one server in a file. Each change writes a new file beside it, syncs it to the
 * disk, and renames it. Changes that arrive at the same time share one writing.
 *
 * <p>The file has a line with its version and the revision, a line for each entry, and a last line
 * with the number of entries. A file without this last line is broken, and the server does not
 * start with it.
 */
public final class FileRevocations implements RevocationStore {
  private static final Logger log = LoggerFactory.getLogger(FileRevocations.class);
  private static final String HEAD = "lhttp-revocations 1 ";
  private static final String END = "end ";
  private static final int LARGEST = 1 << 30;

  private final Path file;

  /** The changes that wait for the next writing. */
  private final ConcurrentLinkedQueue<Change> waiting = new ConcurrentLinkedQueue<>();

  /** Held while the file is written. It guards the fields below. */
  private final ReentrantLock writing = new ReentrantLock();

  private TreeMap<String, Stored> entries = new TreeMap<>();
  private long revision;
  private @Nullable Listener listener;
  private @Nullable FileChannel owner;

  /**
   * A change that waits, and its result.
   *
   * <p>The fields are guarded by {@link #writing}.
   */
  private static final class Change {
    final String key;
    final @Nullable Revocation entry;
    final long replaced;
    boolean over;
    long result;
    @Nullable IOException failure;

    Change(String key, @Nullable Revocation entry, long replaced) {
      this.key = key;
      this.entry = entry;
      this.replaced = replaced;
    }
  }

  /**
   * @param file the file; if there is none, an empty one is made, but not its folder
   */
  public FileRevocations(Path file) {
    this.file = file.toAbsolutePath();
  }

  @Override
  public void open(Listener listener, Duration patience) throws IOException {
    writing.lock();
    try {
      own();
      read();
      this.listener = listener;
      listener.list(Map.copyOf(entries), revision);
    } catch (IOException | RuntimeException e) {
      disown();
      throw e;
    } finally {
      writing.unlock();
    }
  }

  /** Keeps other servers from the file, of whose changes this one would know nothing. */
  private void own() throws IOException {
    var path = beside(".lock");
    var folder = path.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException("there is no folder for the list of revocations: " + folder);
    }
    try {
      owner = FileChannel.open(path, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
      FileLock held = owner.tryLock();
      if (held != null) {
        return;
      }
    } catch (OverlappingFileLockException e) {
      log.debug("this process has the list", e);
    } catch (IOException e) {
      throw new IOException(
          "the list of revocations can't be kept in %s: %s".formatted(file, e), e);
    }
    throw new IOException("another server keeps its list of revocations in " + file);
  }

  private void disown() {
    try {
      if (owner != null) {
        owner.close();
      }
    } catch (IOException e) {
      log.debug("the lock of {}", file, e);
    }
    owner = null;
  }

  private void read() throws IOException {
    try {
      if (Files.size(file) > LARGEST) {
        throw new IOException(broken("it is larger than 1 GiB"));
      }
      var read = new TreeMap<String, Stored>();
      revision = parse(Files.readAllLines(file, UTF_8), read);
      entries = read;
    } catch (NoSuchFileException e) {
      log.warn("there is no {}: an empty list of revocations begins", file);
      write(entries, revision);
    } catch (CharacterCodingException e) {
      throw new IOException(broken("it is not UTF-8"), e);
    }
  }

  /** Reads all lines; returns the revision. */
  private long parse(List<String> lines, Map<String, Stored> to) throws IOException {
    if (lines.isEmpty() || !lines.getFirst().startsWith(HEAD)) {
      throw new IOException(broken("line 1: expected '%sREVISION'".formatted(HEAD)));
    }
    if (lines.size() < 2 || !lines.getLast().equals(END + (lines.size() - 2))) {
      throw new IOException(
          broken(
              "line %d: expected '%s%d', the number of entries"
                  .formatted(lines.size(), END, Math.max(0, lines.size() - 2))));
    }
    var at = number(lines.getFirst().substring(HEAD.length()), 1);
    for (var i = 1; i < lines.size() - 1; i++) {
      var line = lines.get(i);
      var space = line.indexOf(' ');
      var stored = number(line.substring(0, Math.max(0, space)), i + 1);
      try {
        var entry = Revocation.parse(line.substring(space + 1));
        if (stored > at || to.put(entry.key(), new Stored(entry, stored)) != null) {
          throw new IOException(broken("line %d: an entry twice, or later".formatted(i + 1)));
        }
      } catch (IllegalArgumentException e) {
        throw new IOException(broken("line %d: %s".formatted(i + 1, e.getMessage())), e);
      }
    }
    return at;
  }

  private long number(String text, int line) throws IOException {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IOException(broken("line %d: expected a revision".formatted(line)), e);
    }
  }

  private String broken(String why) {
    return "the list of revocations %s is broken, %s: restore it, or delete it to begin with an"
            .formatted(file, why)
        + " empty one";
  }

  @Override
  public long put(Revocation entry, long replaced) {
    return stored(new Change(entry.key(), entry, replaced));
  }

  @Override
  public long remove(String key, long replaced) {
    return stored(new Change(key, null, replaced));
  }

  private long stored(Change change) {
    waiting.add(change);
    writing.lock();
    try {
      if (!change.over) {
        writeWaiting();
      }
      if (change.failure != null) {
        log.error("the list of revocations can't be written: {}", change.failure.toString());
        throw new RefusedException(
            Outcome.refused(503, "the list of revocations can't be written; the log says why"));
      }
      return change.result;
    } finally {
      writing.unlock();
    }
  }

  /** Writes all waiting changes; the caller holds the lock. */
  private void writeWaiting() {
    var batch = new ArrayList<Change>();
    for (var next = waiting.poll(); next != null; next = waiting.poll()) {
      batch.add(next);
    }
    var draft = new TreeMap<>(entries);
    var at = revision;
    for (var change : batch) {
      var known = draft.get(change.key);
      if ((known == null ? 0 : known.revision()) == change.replaced) {
        change.result = ++at;
        if (change.entry == null) {
          draft.remove(change.key);
        } else {
          draft.put(change.key, new Stored(change.entry, at));
        }
      }
    }
    try {
      if (at > revision) {
        write(draft, at);
      }
      entries = draft;
      revision = at;
      batch.forEach(this::tell);
    } catch (IOException e) {
      batch.forEach(change -> change.failure = e);
    }
    batch.forEach(change -> change.over = true);
  }

  private void tell(Change change) {
    if (change.result > 0 && listener != null) {
      if (change.entry == null) {
        listener.removed(change.key, change.result);
      } else {
        listener.put(new Stored(change.entry, change.result));
      }
    }
  }

  @Override
  public void forget(Map<String, Stored> ended) {
    writing.lock();
    try {
      var draft = new TreeMap<>(entries);
      ended.forEach(draft::remove);
      if (draft.size() < entries.size()) {
        write(draft, revision);
        entries = draft;
      }
    } catch (IOException e) {
      log.warn("ended revocations stay in {}: {}", file, e.toString());
    } finally {
      writing.unlock();
    }
  }

  private void write(Map<String, Stored> entries, long revision) throws IOException {
    var text = new StringBuilder(HEAD).append(revision).append('\n');
    entries
        .values()
        .forEach(stored ->
            text.append(stored.revision()).append(' ').append(stored.entry().text()).append('\n'));
    text.append(END).append(entries.size()).append('\n');
    var draft = beside(".new");
    Files.deleteIfExists(draft);
    try (var to = privateFile(draft)) {
      var bytes = ByteBuffer.wrap(text.toString().getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        to.write(bytes);
      }
      to.force(true);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder();
  }

  /** Creates a file that only its owner reads, if the file system knows owners. */
  private static FileChannel privateFile(Path path) throws IOException {
    var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? FileChannel.open(
            path,
            options,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
        : FileChannel.open(path, options);
  }

  /** Lets the rename survive a loss of power. Some systems can't open folders. */
  private void syncFolder() {
    try (var folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    } catch (IOException e) {
      log.debug("the folder of {} can't be synced", file, e);
    }
  }

  private Path beside(String ending) {
    return file.resolveSibling(file.getFileName() + ending);
  }

  @Override
  public void close() {
    writing.lock();
    try {
      listener = null;
      disown();
    } finally {
      writing.unlock();
    }
  }
}
