package io.lhttp.app.api.method;

import io.lhttp.Outcome;
import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.RawJson;
import io.lhttp.channel.Position;
import io.lhttp.control.Control;
import io.lhttp.message.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Publishes one message to several channels. */
@Alternatives(
    value = {"text", "json", "base64"},
    count = Alternatives.Count.AT_MOST_ONE)
public record Broadcast(
    @Field(
            value = "the channels",
            example = "[\"kitchen\",\"hall\"]",
            least = 1,
            most = Control.MAX_LIMIT)
        List<String> channels,
    @Field(value = Content.COMMAND, least = 1) Optional<String> command,
    @Field(Content.TEXT) Optional<String> text,
    @Field(Content.JSON) Optional<RawJson> json,
    @Field(Content.BASE64) Optional<String> base64,
    @Field(Content.HEADERS) Map<String, String> headers,
    @Field(value = Content.MESSAGE_ID, least = 1, most = 128) Optional<String> messageId)
    implements Command {

  public Broadcast {
    var _ = Content.message(command, text, json, base64, headers, messageId);
  }

  private Message message() {
    return Content.message(command, text, json, base64, headers, messageId);
  }

  @Override
  public CompletionStage<Answer> run(Control control) {
    return control.broadcast(channels, message()).thenApply(Answer::of);
  }

  /** The answer. */
  public record Answer(
      @Field("the result of each channel") Map<String, Result> results,
      @Field("the number of channels that did not get the message") long refused) {
    static Answer of(io.lhttp.control.Broadcast broadcast) {
      var results = new LinkedHashMap<String, Result>();
      broadcast
          .results()
          .forEach((channel, result) ->
              results.put(
                  channel,
                  new Result(
                      result.position().map(Position::toString),
                      result.refused().map(Refusal::of))));
      return new Answer(results, broadcast.refused());
    }
  }

  /** The result of one channel. */
  public record Result(
      @Field("the message's place in the channel's history; absent without one")
          Optional<String> position,
      @Field("why the channel did not get the message; absent if it did")
          Optional<Refusal> error) {}

  /** A reason. */
  public record Refusal(
      @Field("a status of HTTP") int status, @Field("the reason for people") String message) {
    static Refusal of(Outcome.Refused refused) {
      return new Refusal(refused.status(), refused.reason());
    }
  }
}
