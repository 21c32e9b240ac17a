package io.lhttp.internal.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.CloseStatus;
import io.lhttp.HistoryRequest;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.channel.Peers;
import io.lhttp.control.Changes;
import io.lhttp.control.Channels;
import io.lhttp.control.Connections;
import io.lhttp.control.Members;
import io.lhttp.control.Refresh;
import io.lhttp.control.Target;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests and answers arrive at other servers as they were sent; hostile ones are refused. */
class WireTest {
  private static final Instant AT = Instant.ofEpochMilli(1_700_000_000_123L);

  static Stream<Request<?>> requests() {
    return Stream.of(
        new Request.Subscribe(
            Target.user("jürgen \" \u0000"),
            List.of("a", "b"),
            Optional.of(new HistoryRequest(List.of("e-1", "now"), 3))),
        new Request.Subscribe(Target.channel("räume"), List.of("a"), Optional.empty()),
        new Request.Unsubscribe(Target.session("s"), List.of("a")),
        new Request.Disconnect(Target.connection("c"), CloseStatus.POLICY.because("out ✓")),
        new Request.RefreshLogins(
            Target.user("u"),
            new Refresh(
                Optional.of(
                    Map.of("n", 1L, "x", 1.5, "flag", true, "list", List.of("a", Map.of("b", 2L)))),
                Optional.of(AT))),
        new Request.RefreshLogins(
            Target.user("u"),
            new Refresh(
                Optional.of(Map.of("id", 9007199254740993L, "deep", nested(55))),
                Optional.empty())),
        new Request.RefreshLogins(
            Target.user("u"), new Refresh(Optional.empty(), Optional.empty())),
        new Request.ListMembers("a", "bob", 10),
        new Request.ListChannels("room:*", "", 1_000),
        new Request.ListConnections(Optional.of(Target.user("u")), "x", 1),
        new Request.ListConnections(Optional.empty(), "", 1),
        new Request.Describe());
  }

  private static Object nested(int levels) {
    return levels == 0 ? "end" : Map.of("next", nested(levels - 1));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void request_arrivesAsSent(Request<?> request) {
    assertThat(RequestJson.read(RequestJson.write(request))).isEqualTo(request);
  }

  @Test
  void answers_arriveAsSent() {
    var counts =
        new Answer.Counts(3, 1, List.of(new Changes.Refusal(Outcome.refused(409, "too many"), 2)));
    arrives(new Request.Disconnect(Target.user("u"), CloseStatus.NORMAL), counts);
    arrives(
        new Request.ListMembers("a", "", 10),
        new Answer.Members(3, 2, 1, List.of(new Members.Member("u", 2)), true));
    arrives(
        new Request.ListChannels("*", "", 10),
        new Answer.Channels(List.of(new Channels.Channel("a", 2)), false));
    arrives(
        new Request.ListConnections(Optional.empty(), "", 10),
        new Answer.Connections(1, List.of(item("id")), false));
    arrives(
        new Request.Describe(), new Answer.Description("0.2", Duration.ofMillis(5), 1, 2, 3, true));
  }

  @Test
  void longAnswer_isCutAndSaysSo() {
    var items = IntStream.range(0, 1_000).mapToObj(i -> item("id-%04d".formatted(i))).toList();

    var json = AnswerJson.write(new Answer.Connections(1_000, items, false));
    var read =
        AnswerJson.read(new Request.ListConnections(Optional.empty(), "", 1_000), json, "server");

    assertThat(json.getBytes(UTF_8)).hasSizeLessThanOrEqualTo(Peers.MAX_BYTES);
    assertThat(read.truncated()).isTrue();
    assertThat(read.matched()).isEqualTo(1_000);
    assertThat(read.connections()).hasSizeBetween(10, 999);
    assertThat(read.connections()).isEqualTo(items.subList(0, read.connections().size()));
  }

  @Test
  void answer_withMoreThanRequested_isRefused() {
    var json =
        AnswerJson.write(
            new Answer.Channels(
                List.of(new Channels.Channel("a", 1), new Channels.Channel("b", 1)), false));

    assertThatThrownBy(() -> AnswerJson.read(new Request.ListChannels("*", "", 1), json, "s"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            AnswerJson.read(
                new Request.ListChannels("*", "", 1),
                "{\"matched\":0,\"channels\":[],\"truncated\":true}",
                "s"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Broken texts cause the exceptions that the readers of messages expect, and no other. */
  @Test
  void brokenTexts_areRefusedInOneWay() {
    var random = new Random(42);
    var request = new Request.ListConnections(Optional.empty(), "", 10);
    var answer = AnswerJson.write(new Answer.Connections(1, List.of(item("id")), false));
    var texts = Stream.concat(requests().map(RequestJson::write), Stream.of(answer)).toList();
    for (var i = 0; i < 20_000; i++) {
      var text = new StringBuilder(texts.get(random.nextInt(texts.size())));
      for (var change = random.nextInt(4); change >= 0; change--) {
        var at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, "\"{}[]:,0-9e.n".charAt(random.nextInt(13)));
          default -> text.setCharAt(at, (char) random.nextInt(128));
        }
      }
      refusedAtMost(() -> RequestJson.read(text.toString()));
      refusedAtMost(() -> AnswerJson.read(request, text.toString(), "s"));
    }
  }

  private static void refusedAtMost(Runnable read) {
    try {
      read.run();
    } catch (IllegalArgumentException
        | ArithmeticException
        | DateTimeException
        | RefusedException expected) {
      assertThat(expected).isNotNull();
    }
  }

  private static <A extends Answer> void arrives(Request<A> request, A answer) {
    assertThat(AnswerJson.read(request, AnswerJson.write(answer), "server")).isEqualTo(answer);
  }

  private static Connections.Item item(String id) {
    return new Connections.Item(
        "server",
        id,
        "alice",
        Optional.of("s1"),
        AT,
        "192.0.2.1",
        IntStream.range(0, 20).mapToObj(i -> "räume:" + "x".repeat(100) + i).toList(),
        30,
        5);
  }
}
