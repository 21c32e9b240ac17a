package io.lhttp.app.reload;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of an application's folder that its chain could be made of, as the file system
 * describes them: equal where nobody has written in between. What is behind links counts, as
 * scripts may be linked within the folder.
 */
public record FolderState(Map<Path, Stamp> files) {
  /** A folder with more files than these is none to be looked through many times a second. */
  private static final int FILES = 10_000;

  private static final Set<String> ENDINGS = Set.of("js", "mjs", "json", "java", "jar");
  private static final Set<String> ASIDE = Set.of("public", "tests", "node_modules");

  /**
   * What changes when a file does.
   *
   * @param key of the file itself, so that one that was renamed over another is seen
   */
  public record Stamp(long size, FileTime modified, @Nullable Object key) {}

  public FolderState {
    files = Map.copyOf(files);
  }

  /** Reads the state; a folder that is not there has no files. */
  public static FolderState of(Path folder) {
    var files = new HashMap<Path, Stamp>();
    try {
      Files.walkFileTree(folder, new Visitor(folder, files));
    } catch (IOException e) {
      return new FolderState(files); // what can't be seen is told by the reload itself
    }
    return new FolderState(files);
  }

  /** Whether a file is empty that was not, or was not there: somebody may be about to write it. */
  public boolean emptiedSince(FolderState before) {
    return files.entrySet().stream()
        .anyMatch(entry -> {
          var old = before.files.get(entry.getKey());
          return entry.getValue().size == 0 && (old == null || old.size > 0);
        });
  }

  private static final class Visitor extends SimpleFileVisitor<Path> {
    private final Path folder;
    private final Map<Path, Stamp> files;

    Visitor(Path folder, Map<Path, Stamp> files) {
      this.folder = folder;
      this.files = files;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
      if (path.equals(folder)) {
        return FileVisitResult.CONTINUE;
      }
      var name = path.getFileName().toString();
      var aside = folder.equals(path.getParent()) && ASIDE.contains(name);
      return aside || name.startsWith(".") || name.equals("node_modules")
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) throws IOException {
      if (counts(path)) {
        var seen =
            attributes.isSymbolicLink()
                ? Files.readAttributes(path, BasicFileAttributes.class)
                : attributes;
        files.put(path, new Stamp(seen.size(), seen.lastModifiedTime(), seen.fileKey()));
      }
      return files.size() < FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) {
      return FileVisitResult.CONTINUE; // gone between two looks
    }

    @Override
    public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) {
      return FileVisitResult.CONTINUE;
    }

    private boolean counts(Path path) {
      var name = Objects.requireNonNull(path.getFileName()).toString();
      return !name.startsWith(".")
          && (ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1))
              || (name.equals("lhttp.yaml") && folder.equals(path.getParent())));
    }
  }
}
