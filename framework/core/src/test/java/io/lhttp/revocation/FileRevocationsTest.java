package io.lhttp.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.revocation.Revocations.Bounds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of a single server is private, whole, and never silently empty. */
class FileRevocationsTest {
  @TempDir private Path folder;

  @Test
  void file_isReadableByItsOwnerAlone() throws Exception {
    try (var list = open()) {
      list.add(Revocation.block("tom", Optional.empty()));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void brokenFile_failsWithPlaceAndIsLeftAlone() throws Exception {
    try (var list = open()) {
      list.add(Revocation.block("tom", Optional.empty()));
      list.add(Revocation.block("mia", Optional.empty()));
    }
    var lines = Files.readAllLines(file());
    var cut = String.join("\n", lines.subList(0, lines.size() - 1));
    for (var broken :
        List.of(
            "",
            "nonsense",
            cut,
            cut + "\nend 1",
            cut.substring(0, cut.length() - 9) + "\nend 2",
            cut + "\n" + lines.get(1) + "\nend 3")) {
      Files.writeString(file(), broken);
      assertThatThrownBy(this::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file().toString())
          .hasMessageContaining("broken, line ");
      assertThat(file()).hasContent(broken);
    }
  }

  @Test
  void secondServer_isRefused() throws Exception {
    try (var list = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another server");
      assertThat(list.trouble()).isEmpty();
    }
    open().close();
  }

  @Test
  void missingFolder_failsTheStart() {
    var list =
        Revocations.in(new FileRevocations(folder.resolve("none").resolve("x")), Bounds.DEFAULT);
    assertThatThrownBy(() -> list.start(Duration.ZERO))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no folder");
  }

  @Test
  void failedWrite_changesNothing() throws Exception {
    try (var list = open()) {
      list.add(Revocation.block("tom", Optional.empty()));
      // a folder in the place of the draft, which can't be replaced
      Files.createDirectories(folder.resolve("list.new").resolve("x"));
      assertThatThrownBy(() -> list.add(Revocation.block("mia", Optional.empty())))
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(503));
      assertThat(list.entries()).extracting(Revocation::target).containsExactly("tom");
    }
    Files.delete(folder.resolve("list.new").resolve("x"));
    Files.delete(folder.resolve("list.new"));
    try (var list = open()) {
      assertThat(list.entries()).extracting(Revocation::target).containsExactly("tom");
    }
  }

  private Revocations open() throws IOException {
    var list = Revocations.in(new FileRevocations(file()), Bounds.DEFAULT);
    list.start(Duration.ZERO);
    return list;
  }

  private Path file() {
    return folder.resolve("list");
  }
}
