package io.lhttp.client.internal.protocol;

import io.lhttp.message.Message;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads the header {@code status}. */
public final class Status {
  private static final Pattern NUMBER = Pattern.compile("[1-5]\\d\\d");

  private Status() {}

  /** Returns the status; empty if the header is missing or is no status of HTTP. */
  public static Optional<Integer> of(Message message) {
    return message
        .header("status")
        .filter(value -> NUMBER.matcher(value).matches())
        .map(Integer::valueOf);
  }
}
