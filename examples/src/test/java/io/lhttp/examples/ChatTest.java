package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chat connects its page in two browser windows and older clients. */
class ChatTest {
  private static AppProcess app;

  @BeforeAll
  static void start() {
    app = AppProcess.example("chat");
  }

  @AfterAll
  static void stop() {
    app.close();
  }

  @Test
  void twoWindows_exchangeMessages(@TempDir Path profile) throws Exception {
    try (var browser = Chromium.start(profile)) {
      var jack = browser.open(page("Jack", "kitchen"), 520, 560);
      var mike = browser.open(page("Mike", "kitchen"), 520, 560);
      connected(jack);
      connected(mike);

      say(jack, "Hello Mike, is the soup ready?");
      mike.await(shown("Jack", "Hello Mike, is the soup ready?"));
      say(mike, "Five minutes!");
      jack.await(shown("Mike", "Five minutes!"));
      say(jack, "Then I bring the bread.");
      mike.await(shown("Jack", "Then I bring the bread."));
      jack.await(shown("Jack", "Then I bring the bread."));

      Screenshots.sideBySide(jack, mike, Path.of("target", "chat.png"));
    }
  }

  @Test
  void markupInMessage_staysText(@TempDir Path profile) throws Exception {
    try (var browser = Chromium.start(profile)) {
      var jack = browser.open(page("Jack", "attic"), 520, 560);
      connected(jack);

      say(jack, "<b>\uD83C\uDF72</b>");
      jack.await(shown("Jack", "<b>\uD83C\uDF72</b>"));

      assertThat(jack.eval("document.querySelectorAll('#messages b b').length").asInt()).isZero();
    }
  }

  @Test
  void rooms_receiveOwnMessagesOnly(@TempDir Path profile) throws Exception {
    try (var browser = Chromium.start(profile)) {
      var kitchen = browser.open(page("Jack", "stove"), 500, 500);
      var cellar = browser.open(page("Mike", "cellar"), 500, 500);
      connected(kitchen);
      connected(cellar);

      say(cellar, "dark here");
      cellar.await(shown("Mike", "dark here"));
      say(kitchen, "warm here");
      kitchen.await(shown("Jack", "warm here"));

      assertThat(kitchen.eval("document.body.innerText").asText()).doesNotContain("dark here");
    }
  }

  @Test
  void pageScript_isShort() throws Exception {
    var script = AppProcess.HOME.resolve("examples/chat/public/chat.js");

    assertThat(Files.readAllLines(script)).hasSizeLessThan(40);
  }

  @Test
  void clientWithoutIds_exchangesMessages() {
    try (var jack = app.connect();
        var mike = app.connect()) {
      jack.subscribe("channel_jack");
      mike.send("LHTTP/1.0 chat\r\npublish:channel_jack\r\n\r\nhello jack");

      assertThat(jack.receive())
          .isEqualTo(
              Message.builder("chat")
                  .header("publish", "channel_jack")
                  .header("channel", "channel_jack")
                  .body("hello jack")
                  .build());
    }
  }

  private static URI page(String name, String room) {
    return app.http("/?name=" + name + "#" + room);
  }

  private static void connected(Chromium.Window window) {
    window.await("document.getElementById('state').className === 'open'");
    window.await("document.readyState === 'complete'");
  }

  private static void say(Chromium.Window window, String text) {
    window.eval(
        "document.getElementById('text').value = %s; document.getElementById('form').requestSubmit()"
            .formatted(quoted(text)));
  }

  private static String shown(String from, String text) {
    return """
    [...document.querySelectorAll('#messages li')].some((item) =>
      item.querySelector('.from').textContent === %s && item.querySelector('.text').textContent === %s)
    """
        .formatted(quoted(from), quoted(text))
        .strip();
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
