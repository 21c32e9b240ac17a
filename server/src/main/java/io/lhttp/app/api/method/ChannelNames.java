package io.lhttp.app.api.method;

import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.channel.ChannelName;
import java.util.List;

/** Checks the fields that name channels. */
final class ChannelNames {
  static final String EXPECTED =
      "a channel's name of 1 to 255 bytes without space and control character";

  private ChannelNames() {}

  /**
   * @throws WrongFieldException for a malformed name
   */
  static String required(String field, String name) {
    return WrongFieldException.checked(
        field,
        EXPECTED,
        () -> {
          ChannelName.require(name);
          return name;
        });
  }

  /**
   * @throws WrongFieldException for the first malformed name
   */
  static void require(List<String> names) {
    WrongFieldException.checkItems("channels", names, EXPECTED, ChannelName::require);
  }
}
