package io.lhttp.scripts.modules;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.scripts.modules.FileTrust.Facts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A server that runs as the user {@code lhttp} trusts files in a folder of the user {@code deploy}
 * only if no other user may write them.
 */
class FileTrustTest {
  @TempDir private Path folder;
  private final Map<Path, Facts> facts = new HashMap<>();
  private Path file;

  @BeforeEach
  void aFolder() throws Exception {
    file = Files.writeString(folder.resolve("a.js"), "");
    facts.put(folder.toRealPath(), new Facts("deploy", false, false, false, false, "ext4"));
  }

  @ParameterizedTest
  @CsvSource({"root", "lhttp", "deploy"})
  void fileOfTrustedOwner_isRun(String owner) throws Exception {
    facts.put(file.toRealPath(), new Facts(owner, false, false, false, false, "ext4"));

    assertThat(trust(true).objection(file)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"alice", "nobody", "'1234'"})
  void fileOfOtherUser_isNotRun(String owner) throws Exception {
    facts.put(file.toRealPath(), new Facts(owner, false, false, false, false, "ext4"));

    assertThat(trust(true).objection(file).orElseThrow())
        .contains("it belongs to " + owner, "chown deploy " + file);
  }

  @Test
  void worldWritableFile_isNotRun() throws Exception {
    facts.put(file.toRealPath(), new Facts("root", false, true, false, false, "ext4"));

    assertThat(trust(true).objection(file))
        .contains("every user may write it, so it is not run; chmod o-w " + file);
  }

  @Test
  void secretOfOtherUser_isNotUsed() throws Exception {
    facts.put(file.toRealPath(), new Facts("alice", false, false, false, false, "ext4"));

    assertThat(trust(true).objectionToSecret(file).orElseThrow())
        .contains("it belongs to alice", "so its secret is not used", "chown deploy " + file);
  }

  @ParameterizedTest
  @CsvSource({"true, true", "false, false"})
  void secretInFolderThatAllMayWrite_isUsedIfSticky(boolean sticky, boolean used) throws Exception {
    facts.put(file.toRealPath(), new Facts("root", false, false, false, false, "ext4"));
    facts.put(folder.toRealPath(), new Facts("root", true, true, sticky, false, "ext4"));

    assertThat(trust(true).objectionToSecret(file).isEmpty()).isEqualTo(used);
  }

  @ParameterizedTest
  @CsvSource({"true, false, true", "true, true, false", "false, false, false"})
  void isReadByAll_dependsOnModeAndReadOnlyMount(boolean mode, boolean mount, boolean expected)
      throws Exception {
    facts.put(file.toRealPath(), new Facts("root", mode, false, false, mount, "tmpfs"));

    assertThat(trust(true).isReadByAll(file)).isEqualTo(expected);
    assertThat(trust(false).isReadByAll(file)).isFalse();
  }

  @Test
  void secretBehindLinkOutside_isUsed(@TempDir Path outside) throws Exception {
    var secret = Files.writeString(outside.resolve("token"), "");
    facts.put(secret.toRealPath(), new Facts("root", false, false, false, true, "tmpfs"));
    facts.put(outside.toRealPath(), new Facts("root", false, false, false, true, "tmpfs"));
    var link = Files.createSymbolicLink(folder.resolve("token"), secret);

    assertThat(trust(true).objectionToSecret(link)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"9p", "drvfs", "vfat"})
  void fileSystemWithoutPermissions_namesSetting(String fileSystem) throws Exception {
    facts.put(file.toRealPath(), new Facts("root", false, true, false, false, fileSystem));

    assertThat(trust(true).objection(file).orElseThrow())
        .contains(fileSystem)
        .endsWith("--set file-permissions=ignored");
  }

  @ParameterizedTest
  @CsvSource({"root, true", "alice, true", "alice, false"})
  void readOnlyFileSystem_isTrusted(String owner, boolean othersWrite) throws Exception {
    facts.put(file.toRealPath(), new Facts(owner, false, othersWrite, false, true, "ext4"));

    assertThat(trust(true).objection(file)).isEmpty();
  }

  @Test
  void permissionsIgnored_stillRefusesLinksOutside(@TempDir Path outside) throws Exception {
    facts.put(file.toRealPath(), new Facts("alice", false, true, false, false, "ext4"));
    var evil = Files.writeString(outside.resolve("evil.js"), "");
    var link = Files.createSymbolicLink(folder.resolve("link.js"), evil);

    assertThat(trust(false).objection(file)).isEmpty();
    assertThat(trust(false).objection(link).orElseThrow()).startsWith("a link that leads out");
  }

  @Test
  void permissions_areReadFromFileSystem() throws Exception {
    assertThat(new FileTrust(folder, true).objection(file)).isEmpty();

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

    assertThat(new FileTrust(folder, true).objection(file)).isPresent();
    assertThat(new FileTrust(folder, false).objection(file)).isEmpty();
  }

  private FileTrust trust(boolean checked) {
    return new FileTrust(folder, checked, "lhttp", real -> Optional.ofNullable(facts.get(real)));
  }
}
