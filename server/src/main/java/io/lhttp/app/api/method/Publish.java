package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.RawJson;
import io.lhttp.channel.ChannelName;
import io.lhttp.channel.Position;
import io.lhttp.control.Control;
import io.lhttp.message.Message;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Publishes a message to a channel. */
@Alternatives(
    value = {"text", "json", "base64"},
    count = Alternatives.Count.AT_MOST_ONE)
public record Publish(
    @Field(value = "the channel", example = "\"kitchen\"", least = 1, most = ChannelName.MAX_BYTES)
        String channel,
    @Field(value = Content.COMMAND, least = 1) Optional<String> command,
    @Field(value = Content.TEXT, example = "\"soup is ready\"") Optional<String> text,
    @Field(Content.JSON) Optional<RawJson> json,
    @Field(Content.BASE64) Optional<String> base64,
    @Field(Content.HEADERS) Map<String, String> headers,
    @Field(value = Content.MESSAGE_ID, least = 1, most = 128) Optional<String> messageId)
    implements Command {

  public Publish {
    channel = ChannelNames.required("channel", channel);
    var _ = Content.message(command, text, json, base64, headers, messageId);
  }

  private Message message() {
    return Content.message(command, text, json, base64, headers, messageId);
  }

  @Override
  public CompletionStage<Answer> run(Control control) {
    return control
        .publish(channel, message())
        .thenApply(position -> new Answer(channel, position.map(Position::toString)));
  }

  /** The answer. */
  public record Answer(
      @Field("the channel") String channel,
      @Field("the message's place in the channel's history, `EPOCH-OFFSET`; absent without one")
          Optional<String> position) {}
}
