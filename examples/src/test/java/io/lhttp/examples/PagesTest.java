package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pages of chat, rooms and a new application show the connection's state and lose no text. */
class PagesTest {
  private static final String SUBMIT = "document.getElementById('text').form.requestSubmit()";

  @TempDir Path folder;

  @SuppressWarnings("try") // the server ends before its pages do
  @ParameterizedTest
  @CsvSource({"chat, /?name=Jack#kitchen", "rooms, /#user=jack&room=room:kitchen", "new, /"})
  void textTypedWhileOffline_staysInItsField(String application, String path) throws Exception {
    try (var app = start(application);
        var browser = Chromium.start(folder.resolve("profile"))) {
      var page = browser.open(app.http(path), 700, 600);
      page.await("document.getElementById('state').className === 'open'");
      app.close();
      page.await("document.getElementById('state').className === 'lost'");

      page.eval("document.getElementById('text').value = 'typed offline'; " + SUBMIT);

      assertThat(page.eval("document.getElementById('state').textContent").asText())
          .isEqualTo("reconnecting…");
      assertThat(page.eval("document.getElementById('text').value").asText())
          .isEqualTo("typed offline");
      assertThat(page.eval("document.body.innerText").asText()).doesNotContain("typed offline");
    }
  }

  @ParameterizedTest
  @CsvSource({"chat, /#kitchen", "rooms, /#user=jack&room=room:kitchen", "rooms, /", "new, /"})
  void page_fitsNarrowWindow(String application, String path) throws Exception {
    try (var app = start(application);
        var browser = Chromium.start(folder.resolve("profile"))) {
      var page = browser.open(app.http(path), 320, 600);
      page.await("document.readyState === 'complete' && document.getElementById('text')");

      assertThat(page.eval("document.documentElement.scrollWidth").asInt())
          .isLessThanOrEqualTo(320);
    }
  }

  @Test
  void newPage_showsAnswersAndRefusals() throws Exception {
    try (var app = start("new");
        var browser = Chromium.start(folder.resolve("profile"))) {
      var page = browser.open(app.http("/"), 700, 600);
      page.await("document.getElementById('state').className === 'open'");

      page.eval("document.getElementById('text').value = 'hello'; " + SUBMIT);
      page.await(
          "document.querySelector('#answers li')?.textContent === 'you said hello, which makes 1'");
      page.eval("document.getElementById('text').value = 'HELLO'; " + SUBMIT);
      page.await("document.querySelector('#answers .refused')");

      assertThat(page.eval("document.querySelector('#answers .refused').textContent").asText())
          .isEqualTo("request say was refused: 422 no shouting");
      assertThat(page.eval("document.getElementById('text').value").asText()).isEqualTo("HELLO");
    }
  }

  private AppProcess start(String application) throws Exception {
    if (!application.equals("new")) {
      return AppProcess.example(application);
    }
    var made = folder.resolve("my-app");
    var run = CommandRun.lhttp("new", made.toString());
    assertThat(run.exitCode()).as(run.output()).isZero();
    return AppProcess.dev(made);
  }
}
