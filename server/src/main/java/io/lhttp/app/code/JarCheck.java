package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Finds incomplete jars, such as those that somebody is still copying into the folder. Without this
 * check, the compiler would blame a source that uses the jar.
 */
final class JarCheck {
  private static final int BUFFER = 64 * 1024;

  private JarCheck() {}

  /** Returns the files without the incomplete jars; each of these becomes a problem. */
  static List<CodeFile> whole(List<CodeFile> files, Problems problems) throws IOException {
    var whole = new ArrayList<CodeFile>();
    for (var file : files) {
      var wrong = file.jar() ? wrong(file.content()) : "";
      if (wrong.isEmpty()) {
        whole.add(file);
      } else {
        problems.add(
            Place.of(file.name()),
            "this is no whole jar, was it copied to its end? %s (copy it to another folder first,"
                + " then move it here)",
            wrong);
      }
    }
    return whole;
  }

  private static String wrong(byte[] jar) throws IOException {
    var copy = TemporaryFolder.file(".jar");
    try {
      Files.write(copy, jar);
      return wrong(copy);
    } finally {
      Files.delete(copy);
    }
  }

  private static String wrong(Path jar) {
    try (var zip = new ZipFile(jar.toFile())) {
      for (var entries = zip.entries(); entries.hasMoreElements(); ) {
        check(zip, entries.nextElement());
      }
      return "";
    } catch (IOException | IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void check(ZipFile zip, ZipEntry entry) throws IOException {
    var sum = new CRC32();
    try (var in = zip.getInputStream(entry)) {
      if (in == null) {
        throw new ZipException("an entry is missing: " + entry.getName());
      }
      var buffer = new byte[BUFFER];
      for (var read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sum.update(buffer, 0, read);
      }
    }
    if (entry.getCrc() >= 0 && entry.getCrc() != sum.getValue()) {
      throw new ZipException("an entry is damaged: " + entry.getName());
    }
  }
}
