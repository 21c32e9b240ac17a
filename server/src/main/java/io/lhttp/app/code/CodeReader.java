package io.lhttp.app.code;

import io.lhttp.app.config.Problems;
import java.io.File;
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
  private final FilePermissions trust;
  private final List<CodeFile> files = new ArrayList<>();

  private CodeReader(Path folder, boolean checked, Problems problems) {
    this.trust = new FilePermissions(folder, checked, problems);
  }

  /** Reads the files of {@code filters/} and {@code processors/}, in the order of their names. */
  static List<CodeFile> read(Path folder, boolean checked, Problems problems) throws IOException {
    var reader = new CodeReader(folder, checked, problems);
    for (var name : CodeFolders.NAMES) {
      if (Files.isDirectory(folder.resolve(name))) {
        reader.walk(folder.resolve(name));
      }
    }
    var found = reader.files.stream().sorted(Comparator.comparing(CodeFile::name)).toList();
    // scripts alone need no resources
    return found.stream().allMatch(CodeFile::resource) ? List.of() : found;
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
            if (!hidden(path)
                && attributes.isRegularFile()
                && CodeFolders.isCode(path, attributes.size())
                && trust.allows(path)) {
              var entry = root.relativize(path).toString().replace(File.separatorChar, '/');
              files.add(new CodeFile(path, path.toString(), entry, Files.readAllBytes(path)));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static boolean hidden(Path path) {
    return path.getFileName().toString().startsWith(".");
  }
}
