package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the rooms example shows members in a real browser and misses nothing on a reload. */
class RoomsPageTest {
  private static AppProcess app;

  @BeforeAll
  static void start() {
    app = AppProcess.example("rooms");
  }

  @AfterAll
  static void stop() {
    app.close();
  }

  @Test
  void pageReload_missesNothingAndKeepsPresence(@TempDir Path profile) throws Exception {
    try (var browser = Chromium.start(profile)) {
      var jack = browser.open(page("jack", "room:kitchen"), 700, 600);
      jack.await(here("jack"));
      var mike = browser.open(page("mike", "room:kitchen"), 700, 600);
      mike.await(here("jack"));
      mike.await(here("mike"));
      jack.await(here("mike"));

      say(jack, "one");
      mike.await(shown("jack: one"));
      say(mike, "two");
      jack.await(shown("mike: two"));
      jack.eval("window.before = true; location.reload()");
      say(mike, "three <b>");
      jack.await("window.before === undefined && " + shown("mike: three <b>"));
      jack.await(here("mike"));
      jack.await(here("jack"));
      say(jack, "four");
      mike.await(shown("jack: four"));
      jack.await(shown("jack: four"));

      assertThat(lines(jack))
          .containsExactly("jack: one", "mike: two", "mike: three <b>", "jack: four");
      assertThat(lines(mike))
          .containsExactly("jack: one", "mike: two", "mike: three <b>", "jack: four");
      assertThat(mike.eval("document.getElementById('log').textContent").asText())
          .doesNotContain("has gone");
      assertThat(mike.eval("document.getElementById('count').textContent").asText()).isEqualTo("2");
    }
  }

  @Test
  void forbiddenRoom_showsRefusal(@TempDir Path profile) throws Exception {
    try (var browser = Chromium.start(profile)) {
      var mike = browser.open(page("mike", "room:garden"), 700, 600);

      mike.await("document.getElementById('log').textContent.includes('403')");

      assertThat(mike.eval("document.getElementById('here').children.length").asInt()).isZero();
    }
  }

  private static URI page(String user, String room) {
    return app.http("/#user=" + user + "&room=" + room);
  }

  private static void say(Chromium.Window window, String text) {
    window.eval(
        "document.getElementById('text').value = '%s'; document.getElementById('say').requestSubmit()"
            .formatted(text));
  }

  private static String here(String user) {
    return "[...document.querySelectorAll('#here li')].some((one) => one.textContent.startsWith('%s,'))"
        .formatted(user);
  }

  private static String shown(String line) {
    return "[...document.querySelectorAll('#log li')].some((one) => one.textContent === '%s')"
        .formatted(line);
  }

  private static List<String> lines(Chromium.Window window) {
    return window
        .eval(
            "[...document.querySelectorAll('#log li:not(.notice)')].map((one) => one.textContent).join('\\n')")
        .asText()
        .lines()
        .toList();
  }
}
