package io.lhttp.scripts.modules;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.DirectoryStream;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.Map;
import java.util.Set;
import org.graalvm.polyglot.io.FileSystem;

/**
 * The file system from which the engine reads the imports of one script. It contains only the files
 * that were read with the script, below a root of their own. It is read-only.
 */
public final class ModuleFiles implements FileSystem {
  private static final Path ROOT = Path.of("/").toAbsolutePath();

  private final Map<String, SourceFile> files;

  public ModuleFiles(Map<String, SourceFile> files) {
    this.files = files;
  }

  /** Returns the path at which the engine finds the file with this name. */
  public static Path path(String name) {
    return ROOT.resolve(name);
  }

  /** Returns the name of the file at a path. */
  public static String name(Path path) {
    return ROOT.relativize(absolute(path))
        .toString()
        .replace(path.getFileSystem().getSeparator(), "/");
  }

  private static Path absolute(Path path) {
    return ROOT.resolve(path).normalize();
  }

  private SourceFile file(Path path) throws NoSuchFileException {
    var file = files.get(name(path));
    if (file == null) {
      throw new NoSuchFileException(name(path));
    }
    return file;
  }

  @Override
  public Path parsePath(URI uri) {
    return absolute(Path.of(uri.isOpaque() ? uri.toString() : uri.getPath()));
  }

  @Override
  public Path parsePath(String path) {
    return Path.of(path);
  }

  @Override
  public void checkAccess(Path path, Set<? extends AccessMode> modes, LinkOption... options)
      throws IOException {
    if (modes.contains(AccessMode.WRITE) || modes.contains(AccessMode.EXECUTE)) {
      throw new SecurityException("scripts only read");
    }
    file(path);
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return new Content(file(path).text().getBytes(UTF_8));
  }

  @Override
  public Path toAbsolutePath(Path path) {
    return absolute(path);
  }

  @Override
  public Path toRealPath(Path path, LinkOption... options) throws IOException {
    file(path);
    return absolute(path);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    var size = file(path).text().getBytes(UTF_8).length;
    return Map.of("isRegularFile", true, "isDirectory", false, "size", (long) size);
  }

  @Override
  public void createDirectory(Path path, FileAttribute<?>... attributes) {
    throw new SecurityException("scripts only read");
  }

  @Override
  public void delete(Path path) {
    throw new SecurityException("scripts only read");
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path path, DirectoryStream.Filter<? super Path> filter) {
    throw new SecurityException("scripts read modules only");
  }

  /** The bytes of a file as a channel, which reads from the beginning. */
  private static final class Content implements SeekableByteChannel {
    private final ByteBuffer bytes;
    private boolean open = true;

    Content(byte[] bytes) {
      this.bytes = ByteBuffer.wrap(bytes);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      if (!open) {
        throw new ClosedChannelException();
      }
      if (!bytes.hasRemaining()) {
        return -1;
      }
      var count = Math.min(to.remaining(), bytes.remaining());
      to.put(bytes.slice().limit(count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public int write(ByteBuffer from) {
      throw new NonWritableChannelException();
    }

    @Override
    public long position() {
      return bytes.position();
    }

    @Override
    public SeekableByteChannel position(long position) {
      bytes.position((int) Math.min(position, bytes.limit()));
      return this;
    }

    @Override
    public long size() {
      return bytes.limit();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
      throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }
}
