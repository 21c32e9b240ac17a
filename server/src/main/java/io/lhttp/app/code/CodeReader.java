package io.lhttp.app.code;

import io.lhttp.app.config.Place;
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
import java.util.Optional;

/**
 * Finds the sources, jars and resources of an application's folder. Leaves out files that {@link
 * FilePermissions} forbids.
 */
final class CodeReader {
  private static final long ALL_RESOURCES = 64L << 20;

  private final Path folder;
  private final FilePermissions trust;
  private final Problems problems;
  private final int each;
  private final long all;
  private final List<Found> found = new ArrayList<>();

  /** The total size of the resources that were read so far, in bytes. */
  private long sum;

  /**
   * A file before it is read; the permissions of a resource are checked when it is read.
   *
   * @param entry the path below {@code filters/} or {@code processors/}, with slashes
   */
  private record Found(Path path, String entry) {
    boolean resource() {
      return CodeFolders.isResource(path);
    }
  }

  /**
   * @param each the largest size of one resource, in bytes
   * @param all the largest size of all resources together, in bytes
   */
  CodeReader(Path folder, boolean checked, Problems problems, int each, long all) {
    this.folder = folder;
    this.trust = new FilePermissions(folder, checked, problems);
    this.problems = problems;
    this.each = each;
    this.all = all;
  }

  /** Reads the files of {@code filters/} and {@code processors/}, in the order of their names. */
  static List<CodeFile> read(Path folder, boolean checked, Problems problems) throws IOException {
    return new CodeReader(folder, checked, problems, CodeFolders.MAX_RESOURCE, ALL_RESOURCES)
        .read();
  }

  List<CodeFile> read() throws IOException {
    for (var name : CodeFolders.NAMES) {
      if (Files.isDirectory(folder.resolve(name))) {
        walk(folder.resolve(name));
      }
    }
    var files = new ArrayList<CodeFile>();
    if (found.stream().allMatch(Found::resource)) {
      return files; // scripts alone need no resources
    }
    found.sort(Comparator.comparing(file -> file.path.toString()));
    for (var file : found) {
      var content = content(file);
      content.ifPresent(
          bytes -> files.add(new CodeFile(file.path, file.path.toString(), file.entry, bytes)));
    }
    return files;
  }

  /** Reads a file. Empty for a resource that may not be read or is too large. */
  private Optional<byte[]> content(Found file) throws IOException {
    if (!file.resource()) {
      return Optional.of(Files.readAllBytes(file.path));
    }
    if (sum > all || !trust.allows(file.path)) {
      return Optional.empty();
    }
    var content = beginning(file.path);
    if (content.length > each) {
      problems.add(
          Place.of(file.path.toString()),
          "a resource has %s at most; move this file out of filters/ and processors/",
          inWords(each));
      return Optional.empty();
    }
    sum += content.length;
    if (sum > all) {
      problems.add(
          Place.of(folder.toString()),
          "all resources in filters/ and processors/ have %s at most; move some to another folder",
          inWords(all));
      return Optional.empty();
    }
    return Optional.of(content);
  }

  /**
   * Reads one byte more than the largest size of a resource, so that the caller sees whether the
   * file is larger.
   */
  private byte[] beginning(Path path) throws IOException {
    try (var in = Files.newInputStream(path)) {
      return in.readNBytes(each + 1);
    }
  }

  private static String inWords(long bytes) {
    return bytes % (1 << 20) == 0 ? (bytes >> 20) + " MiB" : bytes + " bytes";
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
            if (!CodeFolders.isHidden(path) && path.getFileName().toString().endsWith(".jar")) {
              problems.add(
                  Place.of(path.toString()),
                  "this is a folder, and not a jar: pack it with jar cf");
              return FileVisitResult.SKIP_SUBTREE;
            }
            return !CodeFolders.isAside(path) && trust.allows(path)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            if (!CodeFolders.isHidden(path)
                && attributes.isRegularFile()
                && CodeFolders.isCode(path)
                && (CodeFolders.isResource(path) || trust.allows(path))) {
              var entry = root.relativize(path).toString().replace(File.separatorChar, '/');
              found.add(new Found(path, entry));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
