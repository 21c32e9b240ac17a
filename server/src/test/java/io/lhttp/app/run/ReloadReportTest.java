package io.lhttp.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.reload.ReloadResult;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines of {@code dev} about reloads, one after another. */
class ReloadReportTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();

  @SuppressWarnings("NullAway.Init") // every test has one
  private ReloadReport report;

  @BeforeEach
  void anApplication() throws IOException {
    Files.writeString(folder.resolve("lhttp.yaml"), "chain: [Door]");
    report = new ReloadReport(folder, new PrintWriter(out, true));
  }

  @Test
  void reloadThatHangs_saysNothingAboutBrokenFiles() {
    report.print(refused(new Place(folder.resolve("lhttp.yaml").toString(), 1, 9), "wrong"));
    report.print(refused(ReloadResult.RELOAD, "it hangs"));

    assertThat(out.toString()).contains("it hangs").doesNotContain("repaired");

    report.print(
        new ReloadResult.Swapped(2, List.of("a"), List.of(), Duration.ZERO, Duration.ZERO));
    assertThat(out.toString()).contains("; lhttp.yaml is in order again");
  }

  @Test
  void brokenFile_thatOtherErrorReplaces_isRepaired() throws IOException {
    Files.createFile(folder.resolve("one.js"));
    report.print(refused(new Place(folder.resolve("one.js").toString(), 1, 1), "wrong"));
    Files.writeString(folder.resolve("one.js"), "right");
    report.print(refused(new Place(folder.resolve("lhttp.yaml").toString(), 1, 9), "wrong"));

    assertThat(out.toString()).contains("repaired   one.js is in order again");
  }

  @Test
  void unchangedFile_whoseErrorAnotherOneHides_isNotRepaired() {
    report.print(refused(new Place(folder.resolve("lhttp.yaml").toString(), 1, 9), "it threw"));
    report.print(refused(new Place(folder.resolve("A.java").toString(), 1, 1), "no Java"));

    assertThat(out.toString()).contains("no Java").doesNotContain("repaired");
  }

  private static ReloadResult refused(Place place, String message) {
    return new ReloadResult.Refused(1, List.of(new Problem(place, message)), Duration.ZERO);
  }
}
