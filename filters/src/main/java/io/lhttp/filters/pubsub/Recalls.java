package io.lhttp.filters.pubsub;

import io.lhttp.Recall;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads the headers {@code since} and {@code last} of a subscription. */
final class Recalls {
  private static final String SINCE = "since";
  private static final String LAST = "last";
  private static final String ID = "id";
  private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,2}|1000");

  private Recalls() {}

  /**
   * What a subscription wants of the past; empty where it wants nothing.
   *
   * @throws RefusedException 400 where the headers say nothing that could be done
   */
  static Optional<Recall> of(Message request, int channels) {
    var headers = request.headers();
    if (channels == 0 || (!headers.has(SINCE) && !headers.has(LAST))) {
      return Optional.empty();
    }
    var since = headers.words(SINCE);
    if (headers.has(SINCE) && since.size() != channels) {
      throw new RefusedException(400, "since has one word for each channel of subscribe");
    }
    var last = headers.first(LAST).map(Recalls::count).orElse(0);
    var notice = Message.builder(request.command()).format(request.format());
    headers.first(ID).ifPresent(id -> notice.header(ID, id));
    return Optional.of(new Recall(since, last, notice.build()));
  }

  private static int count(String text) {
    if (!COUNT.matcher(text).matches()) {
      throw new RefusedException(400, "last is a number from 1 to 1000");
    }
    return Integer.parseInt(text);
  }
}
