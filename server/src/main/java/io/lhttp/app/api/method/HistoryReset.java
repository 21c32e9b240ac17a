package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Control;
import java.util.concurrent.CompletionStage;

/** Forgets a channel's history. */
public record HistoryReset(
    @Field(value = "the channel", example = "\"kitchen\"", least = 1, most = ChannelName.MAX_BYTES)
        String channel)
    implements Command {

  public HistoryReset {
    channel = ChannelNames.required("channel", channel);
  }

  @Override
  public CompletionStage<Answer> run(Control control) {
    return control.resetHistory(channel).thenApply(position -> new Answer(position.toString()));
  }

  /** The answer. */
  public record Answer(@Field("the position at which the new history begins") String position) {}
}
