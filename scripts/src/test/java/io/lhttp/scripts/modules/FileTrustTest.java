package io.lhttp.scripts.modules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.lhttp.scripts.modules.FileTrust.Facts;
import io.lhttp.scripts.modules.FileTrust.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A server that runs as the user {@code lhttp} trusts files in a folder of the user {@code deploy}
 * only if no other user may write them.
 */
class FileTrustTest {
  @TempDir private Path folder;
  private final Map<Path, Facts> facts = new HashMap<>();
  private String mounts = "1 0 8:1 / / rw - ext4 /dev/sda1 rw";
  private Path file;

  @BeforeEach
  void aFolder() throws Exception {
    file = Files.writeString(folder.resolve("a.js"), "");
    facts.put(folder.toRealPath(), new Facts("deploy", false, false, false));
  }

  @ParameterizedTest
  @CsvSource({"root", "lhttp", "deploy"})
  void fileOfTrustedOwner_isRun(String owner) throws Exception {
    facts.put(file.toRealPath(), new Facts(owner, false, false, false));

    assertThat(trust(true).objection(file)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"alice", "nobody", "'1234'"})
  void fileOfOtherUser_isNotRun(String owner) throws Exception {
    facts.put(file.toRealPath(), new Facts(owner, false, false, false));

    assertThat(trust(true).objection(file).orElseThrow())
        .contains("it belongs to " + owner, "chown deploy " + file);
  }

  @Test
  void worldWritableFile_isNotRun() throws Exception {
    facts.put(file.toRealPath(), new Facts("root", false, true, false));

    assertThat(trust(true).objection(file))
        .contains("every user may write it, so it is not run; chmod o-w " + file);
  }

  @Test
  void secretOfOtherUser_isNotUsed() throws Exception {
    facts.put(file.toRealPath(), new Facts("alice", false, false, false));

    assertThat(trust(true).objectionToSecret(file).orElseThrow())
        .contains("it belongs to alice", "so its secret is not used", "chown deploy " + file);
  }

  @ParameterizedTest
  @CsvSource({"true, true", "false, false"})
  void secretInWorldWritableFolder_isUsedIfSticky(boolean sticky, boolean used) throws Exception {
    facts.put(file.toRealPath(), new Facts("root", false, false, false));
    facts.put(folder.toRealPath(), new Facts("root", true, true, sticky));

    assertThat(trust(true).objectionToSecret(file).isEmpty()).isEqualTo(used);
  }

  @ParameterizedTest
  @CsvSource({"true, false, true", "true, true, false", "false, false, false"})
  void isReadByAll_dependsOnModeAndReadOnlyMount(boolean mode, boolean mount, boolean expected)
      throws Exception {
    facts.put(file.toRealPath(), new Facts("root", mode, false, false));
    if (mount) {
      mounts = listed("1 0 8:1 / / ro - ext4 s rw\n2 1 0:9 / FOLDER ro - tmpfs tmpfs rw");
    }

    assertThat(trust(true).isReadByAll(file)).isEqualTo(expected);
    assertThat(trust(false).isReadByAll(file)).isFalse();
  }

  @Test
  void secretBehindLinkOutside_isUsed(@TempDir Path outside) throws Exception {
    var secret = Files.writeString(outside.resolve("token"), "");
    facts.put(secret.toRealPath(), new Facts("root", false, false, false));
    facts.put(outside.toRealPath(), new Facts("root", false, false, false));
    var link = Files.createSymbolicLink(folder.resolve("token"), secret);

    assertThat(trust(true).objectionToSecret(link)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"9p", "drvfs", "vfat"})
  void fileSystemWithoutPermissions_namesSetting(String fileSystem) throws Exception {
    mounts = "1 0 0:1 / / rw - %s none rw".formatted(fileSystem);
    facts.put(file.toRealPath(), new Facts("root", false, true, false));

    assertThat(trust(true).objection(file).orElseThrow())
        .contains(fileSystem)
        .endsWith("--set file-permissions=ignored");
  }

  /**
   * The kernel's lists of mounts; {@code FOLDER} is the application's, {@code ABOVE} that above.
   */
  static Stream<Arguments> mountsOfWritableFile() {
    var disk = "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
    var viewOnly = "1 0 8:1 / / ro,relatime shared:1 - ext4 /dev/sda1 rw\n";
    var configMap =
        "2 1 8:9 /var/lib/kubelet/pods/7/volumes/kubernetes.io~configmap/app FOLDER ro - ext4 /dev/sdb rw";
    return Stream.of(
        arguments("no mount", disk, false),
        arguments("no list", "", false),
        arguments("a malformed list", "1 0 8:1 / / ro", false),
        arguments("a read-only file system", "1 0 8:1 / / rw - squashfs none ro", true),
        arguments("a read-only disk", disk + "2 1 8:2 / ABOVE ro - ext4 /dev/sdb ro", true),
        arguments("a ConfigMap", disk + configMap, true),
        arguments("a ConfigMap, read-only container", viewOnly + configMap, true),
        arguments("a mount below", viewOnly + "2 1 8:9 /x FOLDER/a.js ro - ext4 /dev/sdb rw", true),
        arguments("a folder of another disk above", disk + "2 1 8:9 /x ABOVE ro - ext4 s rw", true),
        arguments("a folder of the same disk", disk + "2 1 8:1 /x ABOVE ro - ext4 s rw", true),
        arguments("a bind on itself", disk + "2 1 8:1 FOLDER FOLDER ro - ext4 s rw", true),
        arguments("a writable bind", disk + "2 1 8:1 FOLDER FOLDER rw - ext4 s rw", false),
        arguments(
            "a folder of a Windows drive", disk + "2 1 0:9 /C:\\134x ABOVE ro - 9p C: rw", true),
        arguments("ProtectSystem=strict", viewOnly, false),
        arguments("strict, own disk", viewOnly + "2 1 8:2 / ABOVE ro - ext4 /dev/sdb rw", false),
        arguments("strict, bound disk", viewOnly + "2 1 8:2 /x ABOVE ro - ext4 /dev/sdb rw", false),
        arguments("ProtectHome=read-only", disk + "2 1 8:1 ABOVE ABOVE ro - ext4 s rw", false),
        arguments("a subvolume", disk + "2 1 8:1 /@srv ABOVE ro - btrfs s rw,subvol=/@srv", false),
        arguments(
            "a read-only mount that another covers",
            disk + "2 1 8:1 /x FOLDER ro - ext4 s rw\n3 2 8:1 /y FOLDER rw - ext4 s rw",
            false),
        arguments(
            "a read-only mount below one that covers it",
            disk + "2 1 8:1 /x FOLDER ro - ext4 s rw\n3 1 8:1 / ABOVE rw - ext4 s rw",
            false),
        arguments("a listed chroot without its root", "2 1 8:1 /x FOLDER ro - ext4 s rw", true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mountsOfWritableFile")
  void writableFile_isRunIfMountedReadOnly(String how, String list, boolean run) throws Exception {
    facts.put(file.toRealPath(), new Facts("root", false, true, false));
    mounts = listed(list);

    assertThat(trust(true).objection(file).isEmpty()).as(how).isEqualTo(run);
  }

  @ParameterizedTest
  @CsvSource({"rw, false", "ro, true"})
  void fileOfOtherUser_isRunOnlyFromReadOnlyFileSystem(String fileSystem, boolean run)
      throws Exception {
    facts.put(file.toRealPath(), new Facts("alice", false, false, false));
    mounts = listed("2 1 8:9 /x FOLDER ro - ext4 s " + fileSystem);

    assertThat(trust(true).objection(file).isEmpty()).isEqualTo(run);
  }

  @Test
  void unreadableMounts_countAsWritable() throws Exception {
    facts.put(file.toRealPath(), new Facts("root", false, true, false));
    var trust =
        trust(
            true,
            () -> {
              throw new IOException("no /proc");
            });

    assertThat(trust.objection(file).orElseThrow()).endsWith("chmod o-w " + file);
  }

  @Test
  void trustedFile_needsNoMounts() throws Exception {
    facts.put(file.toRealPath(), new Facts("deploy", false, false, false));
    var trust =
        trust(
            true,
            () -> {
              throw new AssertionError("not needed");
            });

    assertThat(trust.objection(file)).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void mountsOfThisMachine_areReadable() throws Exception {
    var here = Mounts.parse(Files.readString(Path.of("/proc/self/mountinfo")));

    assertThat(here.all()).isNotEmpty();
    assertThat(here.at(Path.of("/proc/self").toRealPath()))
        .hasValueSatisfying(mount -> assertThat(mount.fileSystem()).isEqualTo("proc"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "a file of a compose file | 2 1 8:1 /home/alice/token FOLDER/a.js ro - ext4 s rw | true",
        "a folder of another disk | 2 1 8:9 /x FOLDER ro - ext4 s rw | true",
        "a read-only disk | 2 1 8:9 / FOLDER ro - ext4 s ro | true",
        "a read-only view of the system | | false",
        "a writable mount | 2 1 8:9 /x FOLDER rw - ext4 s rw | false",
      })
  void secretWritableByOthers_isUsedIfMountedReadOnly(
      String how, @Nullable String mount, boolean used) throws Exception {
    facts.put(file.toRealPath(), new Facts("alice", false, true, false));
    mounts = listed("1 0 8:1 / / ro - ext4 s rw\n" + Objects.requireNonNullElse(mount, ""));

    assertThat(trust(true).objectionToSecret(file).isEmpty()).as(how).isEqualTo(used);
  }

  @Test
  void permissionsIgnored_stillRefusesLinksOutside(@TempDir Path outside) throws Exception {
    facts.put(file.toRealPath(), new Facts("alice", false, true, false));
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
    return trust(checked, () -> mounts);
  }

  private FileTrust trust(boolean checked, MountTable table) {
    return new FileTrust(
        folder, checked, "lhttp", real -> Optional.ofNullable(facts.get(real)), table);
  }

  private String listed(String text) throws IOException {
    var real = folder.toRealPath();
    var above = Objects.requireNonNull(real.getParent());
    return text.replace("FOLDER", real.toString()).replace("ABOVE", above.toString());
  }
}
