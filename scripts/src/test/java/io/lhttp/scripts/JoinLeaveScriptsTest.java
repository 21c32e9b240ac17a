package io.lhttp.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.message.Message;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Scripts leave and join open connections as Java links do. */
class JoinLeaveScriptsTest extends ScriptTestBase {
  private int files;

  @Test
  void replacedFilter_leavesThenNewOneJoins() throws Exception {
    try (var chain = with(all("old")).build()) {
      var connection = chain.connect("jack");

      chain.swap(with(all("new")));
      chain.end(connection);

      assertThat(trail(connection))
          .containsExactly("old open", "old leave", "new join", "new close");
    }
  }

  @Test
  void filterWithoutOnLeave_getsOnClose() throws Exception {
    try (var chain = with(function("onOpen", "a") + function("onClose", "a")).build()) {
      var connection = chain.connect("jack");

      chain.swap(TestChain.builder());
      chain.end(connection);

      assertThat(trail(connection)).containsExactly("a open", "a close");
    }
  }

  @Test
  void filterWithoutBeginning_endsWithConnectionsAlone() throws Exception {
    var watcher = with(function("onClose", "a"));
    try (var chain = watcher.build()) {
      var connection = chain.connect("jack");
      chain.swap(TestChain.builder());
      assertThat(trail(connection)).isEmpty();

      chain.swap(with(function("onClose", "b")));
      chain.end(connection);

      assertThat(trail(connection)).containsExactly("b close");
    }
  }

  @Test
  void filterWithoutOnJoin_getsNoEndOfOlderConnections() throws Exception {
    try (var chain = TestChain.builder().build()) {
      var connection = chain.connect("jack");

      chain.swap(with(function("onOpen", "a") + function("onClose", "a")));
      chain.end(connection);

      assertThat(trail(connection)).isEmpty();
    }
  }

  @Test
  void onJoinAlone_makesAFilter() throws Exception {
    try (var chain = TestChain.builder().build()) {
      var connection = chain.connect("jack");

      chain.swap(with(function("onJoin", "a")));

      assertThat(trail(connection)).containsExactly("a join");
    }
  }

  @Test
  void onJoinThatThrows_closesConnection() throws Exception {
    try (var chain = TestChain.builder().build()) {
      var connection = chain.connect("jack");

      chain.swap(with("export function onJoin(ctx) { throw new Error('a fault of the test'); }"));

      assertThat(connection.closed()).contains(CloseStatus.FAILED);
    }
  }

  @Test
  void replacedProcessor_leavesAndNewOneIsOpened() throws Exception {
    try (var chain = processors("old").build()) {
      var connection = chain.connect("jack");
      chain.send(connection, Message.of("chat", ""));

      chain.swap(processors("new"));
      chain.send(connection, Message.of("chat", ""));
      chain.end(connection);

      assertThat(trail(connection))
          .containsExactly("old open", "old leave", "new open", "new close");
    }
  }

  private TestChain.Builder with(String text) {
    return TestChain.builder().filter("f", script("filters", text).filter("f", Map.of()));
  }

  private TestChain.Builder processors(String name) {
    var text =
        function("onOpen", name)
            + function("onLeave", name)
            + function("onClose", name)
            + "export function onMessage(ctx) {}";
    return TestChain.builder()
        .processor("chat", script("processors", text).processor("chat", Map.of()));
  }

  private Script script(String kind, String text) {
    var file = kind + "/s" + files++ + ".js";
    return new Folder(path).write(file, text).read(host, file);
  }

  private static String all(String name) {
    return function("onOpen", name)
        + function("onJoin", name)
        + function("onLeave", name)
        + function("onClose", name);
  }

  /** A function that sends the script's name and its own. */
  private static String function(String export, String name) {
    return "export function %s(ctx) { ctx.connection.send({ command: 'trail', body: '%s %s' }); }\n"
        .formatted(export, name, export.substring(2).toLowerCase(Locale.ROOT));
  }

  private static List<String> trail(RecordingConnection connection) {
    return connection.sent().stream().map(Message::body).toList();
  }
}
