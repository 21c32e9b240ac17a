package io.lhttp.client.internal.protocol;

import io.lhttp.message.Message;
import java.util.Optional;
import java.util.regex.Pattern;

/** The header {@code status}. */
public final class Status {
  private static final Pattern NUMBER = Pattern.compile("[1-5]\\d\\d");

  private Status() {}

  /** Empty where the header is missing or no status of HTTP. */
  public static Optional<Integer> of(Message message) {
    return message
        .header("status")
        .filter(value -> NUMBER.matcher(value).matches())
        .map(Integer::valueOf);
  }
}
