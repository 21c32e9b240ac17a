package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that copies of jars of dead processes are deleted, and all other folders stay. */
class TemporaryFolderTest {
  @TempDir private Path parent;

  @Test
  void deleteDead_deletesUnlockedFoldersOnly() throws Exception {
    var dead = dead("dead");
    Files.writeString(dead.resolve("lib.jar"), "a copy");
    var beginning = Files.createDirectory(parent.resolve("lhttp-code-beginning"));
    var other = Files.createDirectory(parent.resolve("other"));
    var living = TemporaryFolder.in(parent);

    assertThat(deleteOfDeadProcesses(living)).isEqualTo(1);

    assertThat(dead).doesNotExist();
    assertThat(beginning).exists();
    assertThat(other).exists();
    assertThat(living.path().resolve("lock")).exists();
  }

  @Test
  void folderOfAnotherUser_isLeftAlone() throws Exception {
    var dead = dead("dead");
    var living = TemporaryFolder.in(parent);

    assertThat(living.deleteOfDeadProcesses(() -> "another user")).isZero();

    assertThat(dead).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rwxrwxrwx", "rwxrwx---", "rwx----w-"})
  void folderWritableByOthers_isLeftAlone(String permissions) throws Exception {
    var dead = dead("dead");
    Files.setPosixFilePermissions(dead, PosixFilePermissions.fromString(permissions));

    assertThat(deleteOfDeadProcesses(TemporaryFolder.in(parent))).isZero();

    assertThat(dead.resolve("lock")).exists();
  }

  @Test
  void lockThatIsNoFile_isLeftAlone() throws Exception {
    var pipe = dead("pipe").resolve("lock");
    Files.delete(pipe);
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    var target = Files.writeString(parent.resolve("target"), "");
    var link = dead("link").resolve("lock");
    Files.delete(link);
    Files.createSymbolicLink(link, target);

    assertThat(deleteOfDeadProcesses(TemporaryFolder.in(parent))).isZero();

    assertThat(pipe).exists();
    assertThat(link).exists();
  }

  @Test
  void linksToFolders_areNotFollowed() throws Exception {
    var kept = Files.writeString(parent.resolve("kept"), "");
    Files.createSymbolicLink(dead("dead").resolve("link"), parent);
    Files.createDirectory(parent.resolve("elsewhere"));
    Files.writeString(parent.resolve("elsewhere/lock"), "");
    Files.createSymbolicLink(parent.resolve("lhttp-code-link"), parent.resolve("elsewhere"));

    assertThat(deleteOfDeadProcesses(TemporaryFolder.in(parent))).isEqualTo(1);

    assertThat(kept).exists();
    assertThat(parent.resolve("elsewhere/lock")).exists();
    assertThat(parent.resolve("lhttp-code-link")).exists();
  }

  @Test
  void folderOfProcess_afterItsEnd_isDeleted() throws Exception {
    var living = TemporaryFolder.in(parent);
    var dead = dead("dead");
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
      assertThat(dead).doesNotExist();
      assertThat(deleteOfDeadProcesses(living)).isZero();
      assertThat(file).exists();

      process.destroyForcibly().waitFor();

      assertThat(deleteOfDeadProcesses(living)).isEqualTo(1);
      assertThat(file).doesNotExist();
    } finally {
      process.destroyForcibly();
    }
  }

  private static int deleteOfDeadProcesses(TemporaryFolder living) throws IOException {
    return living.deleteOfDeadProcesses(Files.getOwner(living.path()));
  }

  /** Creates the folder of a process that has ended. */
  private Path dead(String name) throws IOException {
    var folder = Files.createDirectory(parent.resolve("lhttp-code-" + name));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(folder.resolve("lock"), "");
    return folder;
  }

  /** A process that holds a copy, until it is killed. */
  static final class Holder {
    public static void main(String[] args) throws Exception {
      System.out.println(TemporaryFolder.file(".jar"));
      System.in.read();
    }
  }
}
