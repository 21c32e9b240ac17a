package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that copies of jars of dead processes are deleted, and those of living ones stay. */
class TemporaryFolderTest {
  @TempDir private Path parent;

  @Test
  void deleteOfTheDead_deletesFolderWithoutLockOnly() throws Exception {
    var dead = Files.createDirectory(parent.resolve("lhttp-code-dead"));
    Files.writeString(dead.resolve("lock"), "");
    Files.writeString(dead.resolve("lib.jar"), "a copy");
    var beginning = Files.createDirectory(parent.resolve("lhttp-code-beginning"));
    var other = Files.createDirectory(parent.resolve("other"));
    var living = TemporaryFolder.in(parent);

    assertThat(TemporaryFolder.deleteOfTheDead(parent)).isEqualTo(1);

    assertThat(dead).doesNotExist();
    assertThat(beginning).exists();
    assertThat(other).exists();
    assertThat(living.path().resolve("lock")).exists();
  }

  @Test
  void folderOfProcess_afterItsEnd_isDeleted() throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-Djava.io.tmpdir=" + parent,
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName())
            .redirectErrorStream(true)
            .start();
    try (var out = process.inputReader()) {
      var file = Path.of(out.readLine());
      assertThat(TemporaryFolder.deleteOfTheDead(parent)).isZero();
      assertThat(file).exists();

      process.destroyForcibly().waitFor();

      assertThat(TemporaryFolder.deleteOfTheDead(parent)).isEqualTo(1);
      assertThat(file).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }

  /** A process that holds a copy, until it is killed. */
  static final class Holder {
    public static void main(String[] args) throws Exception {
      System.out.println(TemporaryFolder.file(".jar"));
      System.in.read();
    }
  }
}
