package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.EditSettle.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder's change is loaded once the folder settles; the test moves the clock by hand. */
class EditSettleTest {
  private static final ReloadResult GOOD =
      new ReloadResult.Swapped(2, List.of("a"), List.of(), Duration.ZERO, Duration.ZERO);
  private static final ReloadResult BAD =
      new ReloadResult.Refused(1, List.of(new Problem(Place.of("a"), "bad")), Duration.ZERO);

  @TempDir private Path folder;
  private Path file;
  private EditSettle editing;
  private long now;

  @BeforeEach
  void start() throws IOException {
    file = Files.createDirectories(folder.resolve("filters")).resolve("a.js");
    Files.writeString(file, "1");
    editing = new EditSettle(FolderState.of(folder), now);
  }

  @Test
  void unchangedFolder_isNotLoaded() {
    assertThat(after(10_000)).isEqualTo(Step.NOTHING);
  }

  @Test
  void change_isLoadedOnceItSettles() throws IOException {
    Files.writeString(file, "12");
    assertThat(after(0)).isEqualTo(Step.NOTHING);
    assertThat(after(60)).isEqualTo(Step.NOTHING);
    Files.writeString(file, "123");
    assertThat(after(60)).isEqualTo(Step.NOTHING);
    assertThat(after(99)).isEqualTo(Step.NOTHING);
    assertThat(after(1)).isEqualTo(Step.LOAD);
    assertThat(editing.loaded(GOOD)).contains(GOOD);
    assertThat(after(10_000)).isEqualTo(Step.NOTHING);
  }

  @Test
  void fileRenamedOverAnother_isLoaded() throws IOException {
    var beside = Files.writeString(folder.resolve("filters/a.js~"), "2");
    Files.setLastModifiedTime(beside, Files.getLastModifiedTime(file));
    Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);

    assertThat(after(0)).isEqualTo(Step.NOTHING);
    assertThat(after(100)).isEqualTo(Step.LOAD);
  }

  @Test
  void emptiedFile_isLoadedAfterLongerWait() throws IOException {
    Files.writeString(file, "");
    assertThat(after(0)).isEqualTo(Step.NOTHING);
    assertThat(after(500)).isEqualTo(Step.NOTHING);
    Files.writeString(file, "12");
    assertThat(after(0)).isEqualTo(Step.NOTHING);
    assertThat(after(100)).isEqualTo(Step.LOAD);

    Files.writeString(file, "");
    assertThat(after(0)).isEqualTo(Step.NOTHING);
    assertThat(after(1_000)).isEqualTo(Step.LOAD);
  }

  @Test
  void failedLoad_isReportedOnceFolderStaysUnchanged() throws IOException {
    Files.writeString(file, "12");
    after(0);
    assertThat(after(100)).isEqualTo(Step.LOAD);
    assertThat(editing.loaded(BAD)).isEqualTo(Optional.empty());
    assertThat(after(100)).isEqualTo(Step.NOTHING);
    Files.writeString(file, "123");
    assertThat(after(100)).isEqualTo(Step.NOTHING);
    assertThat(after(100)).isEqualTo(Step.LOAD);
    assertThat(editing.loaded(BAD)).isEqualTo(Optional.empty());
    assertThat(after(300)).isEqualTo(Step.TELL);
    assertThat(editing.heldBack()).isEqualTo(BAD);
    assertThat(after(10_000)).isEqualTo(Step.NOTHING);
  }

  @Test
  void hangingLoad_isReportedAtOnceAlthoughFixWaits() throws IOException {
    var hanging =
        new ReloadResult.Refused(
            1, List.of(new Problem(ReloadResult.RELOAD, "it hangs")), Duration.ZERO);
    Files.writeString(file, "12");
    after(0);
    assertThat(after(100)).isEqualTo(Step.LOAD);
    Files.writeString(file, "123");

    assertThat(editing.loaded(hanging)).contains(hanging);
    assertThat(after(60_000)).isEqualTo(Step.NOTHING);
    assertThat(after(100)).isEqualTo(Step.LOAD);
  }

  @Test
  void otherFiles_areIgnored() throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve("public")).resolve("a.js"), "1");
    Files.writeString(Files.createDirectories(folder.resolve("tests")).resolve("a.js"), "1");
    Files.writeString(Files.createDirectories(folder.resolve(".git")).resolve("a.js"), "1");
    Files.writeString(folder.resolve("filters/.a.js"), "1");
    Files.writeString(folder.resolve("filters/a.js.swp"), "1");
    assertThat(after(0)).isEqualTo(Step.NOTHING);
    assertThat(after(1_000)).isEqualTo(Step.NOTHING);

    Files.writeString(Files.createDirectories(folder.resolve("lib")).resolve("a.js"), "1");
    Files.writeString(folder.resolve("lhttp.yaml"), "reload: fast");
    assertThat(after(0)).isEqualTo(Step.NOTHING);
    assertThat(after(100)).isEqualTo(Step.LOAD);
  }

  private Step after(long millis) {
    now += Duration.ofMillis(millis).toNanos();
    return editing.next(FolderState.of(folder), now);
  }
}
