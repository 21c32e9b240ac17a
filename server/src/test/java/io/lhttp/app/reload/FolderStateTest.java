package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state of a folder changes with each edit of its files and with no other event. */
class FolderStateTest {
  @TempDir private Path parent;
  private Path folder;

  @BeforeEach
  void aFolder() throws IOException {
    folder = Files.createDirectories(parent.resolve("v1"));
    write("lhttp.yaml", "trace: true");
    write("filters/a.js", "one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"filters/a.js", "lhttp.yaml"})
  void editKeepingSizeAndTime_isSeen(String name) throws IOException {
    var file = folder.resolve(name);
    var before = FolderState.of(folder);
    var time = Files.getLastModifiedTime(file);

    Files.writeString(file, "x".repeat((int) Files.size(file)));
    Files.setLastModifiedTime(file, time);

    assertThat(FolderState.of(folder, before)).isNotEqualTo(before);
  }

  @Test
  void editKeepingSizeAndOldTime_isSeen() throws IOException {
    var file = folder.resolve("filters/a.js");
    var old = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(file, old);
    var before = FolderState.of(folder, FolderState.of(folder));

    Files.writeString(file, "two");
    Files.setLastModifiedTime(file, old);

    assertThat(FolderState.of(folder, before)).isNotEqualTo(before);
  }

  @Test
  void touchedFile_isNoChange() throws IOException {
    var before = FolderState.of(folder);

    Files.setLastModifiedTime(folder.resolve("filters/a.js"), FileTime.fromMillis(1_000_000));
    write("filters/a.js", "one");

    assertThat(FolderState.of(folder, before)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "public/a.js",
        "tests/a.js",
        "tests/ATest.java",
        "target/classes/a.js",
        "target/generated-sources/A.java",
        "node_modules/a/index.js"
      })
  void fileOfNoChain_isNoChange(String name) throws IOException {
    var before = FolderState.of(folder);

    write(name, "new");

    assertThat(FolderState.of(folder, before)).isEqualTo(before);
  }

  @Test
  void linkedFolder_isFollowedToEachTarget() throws IOException {
    var link = Files.createSymbolicLink(parent.resolve("current"), folder);
    var before = FolderState.of(link);
    assertThat(before.files()).hasSize(2);

    write("filters/a.js", "two");
    var edited = FolderState.of(link, before);
    assertThat(edited).isNotEqualTo(before);

    folder = Files.createDirectories(parent.resolve("v2"));
    write("lhttp.yaml", "trace: true");
    Files.delete(link);
    Files.createSymbolicLink(link, folder);
    assertThat(FolderState.of(link, edited)).isNotEqualTo(edited);
  }

  @Test
  void links_countOnlyWithinFolder(@TempDir Path outside) throws IOException {
    Files.createDirectories(folder.resolve(".data/processors"));
    Files.writeString(folder.resolve(".data/processors/b.js"), "one");
    Files.createSymbolicLink(folder.resolve("processors"), folder.resolve(".data/processors"));
    Files.createSymbolicLink(folder.resolve("loop"), folder);
    Files.writeString(outside.resolve("far.js"), "far");
    Files.createSymbolicLink(folder.resolve("far"), outside);
    var before = FolderState.of(folder);
    assertThat(before.files()).hasSize(3);

    Files.writeString(folder.resolve(".data/processors/b.js"), "two");

    assertThat(FolderState.of(folder, before)).isNotEqualTo(before);
  }

  @Test
  void resourceTooLargeToBeRead_countsButNotItsContent() throws IOException {
    var file = folder.resolve("filters/words.bin");
    var before = FolderState.of(folder);
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength((16 << 20) + 1);
      var created = FolderState.of(folder, before);
      assertThat(created).isNotEqualTo(before);

      large.setLength((16 << 20) + 2);

      assertThat(FolderState.of(folder, created)).isEqualTo(created);
    }
    Files.delete(file);
    assertThat(FolderState.of(folder)).isEqualTo(before);
  }

  private void write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  @Test
  void otherFile_countsWhereverItIs(@TempDir Path elsewhere) throws Exception {
    var file = elsewhere.resolve("token");
    var none = FolderState.of(folder).with(List.of(file));
    assertThat(none).isEqualTo(FolderState.of(folder));

    Files.writeString(file, "one");
    var one = none.with(List.of(file));
    assertThat(one).isNotEqualTo(none).isEqualTo(one.with(List.of(file)));

    Files.writeString(file, "two");
    assertThat(FolderState.of(folder, one).with(List.of(file))).isNotEqualTo(one);
    Files.delete(file);
    assertThat(FolderState.of(folder, one).with(List.of(file))).isEqualTo(none);
  }

  @Test
  void otherFile_replacedThroughLink_isNoticed(@TempDir Path volume) throws Exception {
    Files.writeString(volume.resolve("one"), "1");
    Files.writeString(volume.resolve("two"), "2");
    var link = Files.createSymbolicLink(volume.resolve("token"), Path.of("one"));
    var before = FolderState.of(folder).with(List.of(link));
    Files.createSymbolicLink(volume.resolve("next"), Path.of("two"));

    Files.move(volume.resolve("next"), link, StandardCopyOption.ATOMIC_MOVE);

    assertThat(before.with(List.of(link))).isNotEqualTo(before);
  }
}
