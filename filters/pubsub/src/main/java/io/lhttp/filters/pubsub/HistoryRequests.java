package io.lhttp.filters.pubsub;

import io.lhttp.HistoryRequest;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Parses the headers {@code since} and {@code last} of a subscription. {@link PubSubFilter} calls
 * it on any thread.
 */
final class HistoryRequests {
  private static final String SUBSCRIBE = "subscribe";
  private static final String SINCE = "since";
  private static final String LAST = "last";
  private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,2}|1000");

  private HistoryRequests() {}

  /**
   * Returns the history request; empty without these headers. If {@code subscribe} names a channel
   * twice, the position for the first occurrence counts.
   *
   * @param channels the channels of {@code subscribe}, each once
   * @throws RefusedException 400 if the headers are malformed
   */
  static Optional<HistoryRequest> of(Message request, List<String> channels) {
    var headers = request.headers();
    if (channels.isEmpty() || (!headers.has(SINCE) && !headers.has(LAST))) {
      return Optional.empty();
    }
    var named = headers.words(SUBSCRIBE);
    var words = headers.words(SINCE);
    if (headers.has(SINCE) && words.size() != named.size()) {
      throw new RefusedException(400, "since has one word for each channel of subscribe");
    }
    var since =
        words.isEmpty() || named.size() == channels.size() ? words : firstOfEach(named, words);
    var last = headers.first(LAST).map(HistoryRequests::count).orElse(0);
    return Optional.of(new HistoryRequest(since, last));
  }

  /** Returns the position that stands beside the first occurrence of each channel. */
  private static List<String> firstOfEach(List<String> named, List<String> words) {
    var first = new LinkedHashMap<String, String>();
    for (var i = 0; i < named.size(); i++) {
      first.putIfAbsent(named.get(i), words.get(i));
    }
    return List.copyOf(first.values());
  }

  private static int count(String text) {
    if (!COUNT.matcher(text).matches()) {
      throw new RefusedException(400, "last is a number from 1 to 1000");
    }
    return Integer.parseInt(text);
  }
}
