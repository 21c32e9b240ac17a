package io.lhttp.app.reload;

import io.lhttp.app.code.CodeFolders;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of an application's folder: the files that its chain may use. Two states are equal if
 * they have the same names and contents. A file is read again if the file system reports a change,
 * and for some seconds after one, because two edits may have the same time.
 *
 * <p>The folder may be a link; links within it are followed.
 */
public record FolderState(Map<Path, Stamp> files) {
  /** The most files of a folder; more can't be read several times a second. */
  private static final int FILES = 10_000;

  /** The most bytes of a file outside the folder that are read. */
  private static final long LARGEST_OTHER = 1024 * 1024;

  private static final Set<String> ENDINGS = Set.of("js", "ts", "mjs", "json", "java", "jar");
  private static final Set<String> ASIDE = Set.of("public", "tests", "target", "node_modules");

  private static final FolderState NONE = new FolderState(Map.of());

  public FolderState {
    files = Map.copyOf(files);
  }

  /** Reads the state; a missing folder has no files. */
  public static FolderState of(Path folder) {
    return of(folder, NONE);
  }

  /**
   * Reads the state. A file that has not changed since the earlier state is not read again.
   *
   * @param before an earlier state of this folder
   */
  public static FolderState of(Path folder, FolderState before) {
    var files = new HashMap<Path, Stamp>();
    try {
      var real = folder.toRealPath();
      Files.walkFileTree(
          real,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new Visitor(real, files, before.files));
    } catch (IOException e) {
      return new FolderState(files); // the reload will report a file that can't be read
    }
    return new FolderState(files);
  }

  /** Returns this state with other files, wherever they are. */
  public FolderState with(Collection<Path> others) {
    return with(others, this);
  }

  /**
   * Returns this state with other files, wherever they are. A file that is missing, is no regular
   * one or is too large for a secret has no state.
   *
   * @param before an earlier state; a file that has not changed since is not read again
   */
  FolderState with(Collection<Path> others, FolderState before) {
    var all = new HashMap<>(files);
    for (var path : others) {
      try {
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (attributes.isRegularFile() && attributes.size() <= LARGEST_OTHER) {
          all.put(path, Stamp.of(path, attributes, before.files.get(path)));
        }
      } catch (IOException _) {
        all.remove(path);
      }
    }
    return new FolderState(all);
  }

  /**
   * Whether a file is empty now that had content before, or did not exist. An editor may be about
   * to fill it.
   */
  public boolean emptiedSince(FolderState before) {
    return files.entrySet().stream()
        .anyMatch(entry -> {
          var old = before.files.get(entry.getKey());
          return entry.getValue().empty() && (old == null || !old.empty());
        });
  }

  private static final class Visitor extends SimpleFileVisitor<Path> {
    private final Path folder;
    private final Map<Path, Stamp> files;
    private final Map<Path, Stamp> before;

    Visitor(Path folder, Map<Path, Stamp> files, Map<Path, Stamp> before) {
      this.folder = folder;
      this.files = files;
      this.before = before;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
        throws IOException {
      if (path.equals(folder)) {
        return FileVisitResult.CONTINUE;
      }
      var name = path.getFileName().toString();
      var aside = folder.equals(path.getParent()) && ASIDE.contains(name);
      return aside || CodeFolders.isAside(path) || leadsOut(path)
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
      if (attributes.isRegularFile() && !name(path).startsWith(".")) {
        if (CodeFolders.mayHold(folder, path)
            && !hasEnding(path)
            && CodeFolders.isTooLarge(path, attributes.size())) {
          // the reload will report this file, whatever its content is
          files.put(path, Stamp.TOO_LARGE);
        } else if (counts(path)) {
          files.put(path, Stamp.of(path, attributes, before.get(path)));
        }
      }
      return files.size() < FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) {
      // the file was deleted in the meantime, or is a link to a folder above
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path path, @Nullable IOException e) {
      return FileVisitResult.CONTINUE;
    }

    private boolean leadsOut(Path path) throws IOException {
      return Files.isSymbolicLink(path) && !path.toRealPath().startsWith(folder);
    }

    private boolean counts(Path path) {
      return CodeFolders.mayHold(folder, path)
          || hasEnding(path)
          || (name(path).equals("lhttp.yaml") && folder.equals(path.getParent()));
    }

    private static boolean hasEnding(Path path) {
      return ENDINGS.contains(name(path).substring(name(path).lastIndexOf('.') + 1));
    }

    private static String name(Path path) {
      return Objects.requireNonNull(path.getFileName()).toString();
    }
  }
}
