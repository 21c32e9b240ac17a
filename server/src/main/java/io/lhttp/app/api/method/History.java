package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.channel.ChannelName;
import io.lhttp.channel.Position;
import io.lhttp.control.Control;
import io.lhttp.control.HistoryPage;
import io.lhttp.message.Message;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Reads a channel's history. */
public record History(
    @Field(value = "the channel", example = "\"kitchen\"", least = 1, most = ChannelName.MAX_BYTES)
        String channel,
    @Field("reads the messages after this position, oldest first; by default the newest ones")
        Optional<String> since,
    @Field(value = Paging.LIMIT, least = 1, most = Control.MAX_LIMIT) Optional<Integer> limit)
    implements Command {
  /** The most bytes of messages in an answer; a single message may have more. */
  static final int MOST_BYTES = 2 * 1024 * 1024;

  public History {
    channel = ChannelNames.required("channel", channel);
    var _ = since.map(History::position);
  }

  @Override
  public boolean mayAnswerMuch() {
    return true;
  }

  @Override
  public CompletionStage<Answer> run(Control control) {
    return control
        .history(channel, since.map(History::position), Paging.limit(limit))
        .thenApply(page -> Answer.of(page, since.isPresent()));
  }

  private static Position position(String text) {
    return Position.parse(text)
        .orElseThrow(() -> WrongFieldException.of("since", "a position such as EPOCH-OFFSET"));
  }

  /** The answer. */
  public record Answer(
      @Field("the position of the newest message") String head,
      @Field("whether the messages follow the requested position without a gap") boolean recovered,
      @Field("the messages, oldest first; of at most 2 MiB together, or a single one")
          List<Entry> entries,
      @Field(Paging.TRUNCATED) boolean truncated) {
    static Answer of(HistoryPage page, boolean fromOldest) {
      var all = page.entries();
      var some = fromOldest ? first(all) : first(all.reversed()).reversed();
      return new Answer(
          page.head().toString(),
          page.recovered(),
          some.stream().map(entry -> Entry.of(page.head().epoch(), entry)).toList(),
          page.truncated() || (fromOldest && some.size() < all.size()));
    }

    /** Returns the first entries up to a number of bytes, and one at least. */
    private static List<io.lhttp.channel.History.Entry> first(
        List<io.lhttp.channel.History.Entry> entries) {
      var bytes = 0L;
      for (var i = 0; i < entries.size(); i++) {
        bytes += entries.get(i).message().size();
        if (bytes > MOST_BYTES && i > 0) {
          return entries.subList(0, i);
        }
      }
      return entries;
    }
  }

  /** A message. */
  public record Entry(
      @Field("the message's place in the history") String position,
      @Field("the message's command") String command,
      @Field("the message's headers, of each name the first") Map<String, String> headers,
      @Field("the body of a text message") Optional<String> text,
      @Field("the body of a binary message, in Base64") Optional<String> base64) {
    static Entry of(String epoch, io.lhttp.channel.History.Entry entry) {
      var message = entry.message();
      var headers = new LinkedHashMap<String, String>();
      message.headers().forEach(header -> headers.putIfAbsent(header.name(), header.value()));
      var binary = message.format() == Message.Format.BINARY;
      return new Entry(
          new Position(epoch, entry.offset()).toString(),
          message.command(),
          headers,
          binary ? Optional.empty() : Optional.of(message.body()),
          binary
              ? Optional.of(Base64.getEncoder().encodeToString(message.bodyBytes()))
              : Optional.empty());
    }
  }
}
