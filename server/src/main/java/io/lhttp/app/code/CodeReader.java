package io.lhttp.app.code;

import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;

/**
 * Finds the sources and jars of an application's folder, as far as {@link FilePermissions} allow.
 */
final class CodeReader {
  private static final List<String> FOLDERS = List.of("filters", "processors");

  private final FilePermissions trust;
  private final List<CodeFile> files = new ArrayList<>();

  private CodeReader(Path folder, boolean checked, Problems problems) {
    this.trust = new FilePermissions(folder, checked, problems);
  }

  /** Reads the files of {@code filters/} and {@code processors/}, in the order of their names. */
  static List<CodeFile> read(Path folder, boolean checked, Problems problems) throws IOException {
    var reader = new CodeReader(folder, checked, problems);
    for (var name : FOLDERS) {
      if (Files.isDirectory(folder.resolve(name))) {
        reader.walk(folder.resolve(name));
      }
    }
    return reader.files.stream().sorted(Comparator.comparing(CodeFile::name)).toList();
  }

  private void walk(Path root) throws IOException {
    Files.walkFileTree(
        root,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        Integer.MAX_VALUE,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes)
              throws IOException {
            return !hidden(path) && trust.allows(path)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            var file = path.getFileName().toString();
            if (!hidden(path)
                && (file.endsWith(".java") || file.endsWith(".jar"))
                && trust.allows(path)) {
              files.add(new CodeFile(path, path.toString(), Files.readAllBytes(path)));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static boolean hidden(Path path) {
    return path.getFileName().toString().startsWith(".");
  }
}
