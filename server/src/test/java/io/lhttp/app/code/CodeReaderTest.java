package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests which files are read, and how much of them. */
class CodeReaderTest {
  private final Problems problems = new Problems();
  @TempDir private Path folder;

  @Test
  void worldWritableResource_besideScriptsAlone_isIgnored() throws Exception {
    write("filters/greet.js", "");
    worldWritable(write("filters/notes.txt", "a note"));

    assertThat(CodeReader.read(folder, true, problems)).isEmpty();
    assertThat(problems.found()).isEmpty();
  }

  @Test
  void worldWritableResource_besideSource_isRefused() throws Exception {
    write("filters/A.java", "class A {}");
    var notes = worldWritable(write("filters/notes.txt", "a note"));

    assertThat(entries(CodeReader.read(folder, true, problems))).containsExactly("A.java");
    assertThat(problems.found())
        .extracting(Problem::toString)
        .containsExactly(notes + ": every user may write it, so it is not run; chmod o-w " + notes);
  }

  @Test
  void hiddenFoldersAndNodeModules_areIgnored() throws Exception {
    write("filters/A.java", "class A {}");
    write("filters/x/notes.txt", "a note");
    worldWritable(write("filters/node_modules/B.java", "class B {}"));
    worldWritable(write("filters/x/node_modules/y/b.txt", ""));
    worldWritable(write("filters/.git/C.java", "class C {}"));

    assertThat(entries(CodeReader.read(folder, true, problems)))
        .containsExactly("A.java", "x/notes.txt");
    assertThat(problems.found()).isEmpty();
  }

  @Test
  void resourcesAtTheirBounds_areRead() throws Exception {
    write("filters/A.java", "class A {}");
    write("filters/a.txt", "four");
    write("processors/b.txt", "four");

    assertThat(entries(new CodeReader(folder, true, problems, 4, 8).read()))
        .containsExactly("A.java", "a.txt", "b.txt");
    assertThat(problems.found()).isEmpty();
  }

  @Test
  void resourceBeyondItsBound_isNamed() throws Exception {
    write("filters/A.java", "class A {}");
    var large = write("filters/a.txt", "fives");
    write("filters/b.txt", "four");

    assertThat(entries(new CodeReader(folder, true, problems, 4, 8).read()))
        .containsExactly("A.java", "b.txt");
    assertThat(problems.found())
        .extracting(Problem::toString)
        .containsExactly(
            large
                + ": a resource has 4 bytes at most; move this file out of filters/ and"
                + " processors/");
  }

  @Test
  void resourcesBeyondTheirBoundInAll_areOneProblem() throws Exception {
    for (var name : List.of("a", "b", "c", "d")) {
      write("filters/%s.txt".formatted(name), "four");
    }
    write("processors/A.java", "class A {}");

    assertThat(entries(new CodeReader(folder, true, problems, 1 << 20, 8).read()))
        .containsExactly("a.txt", "b.txt", "A.java");
    assertThat(problems.found())
        .extracting(Problem::toString)
        .containsExactly(
            folder
                + ": all resources in filters/ and processors/ have 8 bytes at most; move some to"
                + " another folder");
  }

  private static List<String> entries(List<CodeFile> files) {
    return files.stream().map(CodeFile::entry).toList();
  }

  private static Path worldWritable(Path file) throws IOException {
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
  }

  private Path write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
