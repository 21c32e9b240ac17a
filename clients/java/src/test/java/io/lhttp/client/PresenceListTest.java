package io.lhttp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.message.Message;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A presence list applies the server's lists and changes. */
class PresenceListTest {
  private static final Member MIA =
      new Member(Optional.of("mia"), "a", Instant.ofEpochMilli(1_767_225_600_000L));
  private static final Member GUEST = new Member(Optional.empty(), "mia", Instant.ofEpochMilli(2));

  private final PresenceList list = new PresenceList();

  @Test
  void listAndChanges_areApplied() {
    var first =
        list.apply(
            message(
                "2",
                """
                {"members":[{"user":"mia","connection":"a","since":1767225600000},
                            {"connection":"mia","since":2}]}\
                """));
    var change = list.apply(message("1", "{\"left\":[{\"connection\":\"mia\",\"since\":2}]}"));

    assertThat(first).isEqualTo(new Present(2, true, List.of(MIA, GUEST), List.of(), List.of()));
    assertThat(change).isEqualTo(new Present(1, true, List.of(MIA), List.of(), List.of(GUEST)));
  }

  @Test
  void laterList_replacesMembers() {
    list.apply(message("1", "{\"members\":[{\"user\":\"jon\",\"connection\":\"b\",\"since\":3}]}"));

    var present = list.apply(message("1", "{\"members\":[{\"connection\":\"mia\",\"since\":2}]}"));

    assertThat(present.members()).containsExactly(GUEST);
  }

  @Test
  void memberWithChangedConnection_staysOneMember() {
    list.apply(message("1", "{\"members\":[{\"user\":\"mia\",\"connection\":\"z\",\"since\":1}]}"));

    var present =
        list.apply(
            message(
                "1",
                "{\"joined\":[{\"user\":\"mia\",\"connection\":\"a\",\"since\":1767225600000}]}"));

    assertThat(present.members()).containsExactly(MIA);
  }

  @Test
  void emptyBody_givesCountOnly() {
    var message = message("7", "").with("complete", "false");

    assertThat(list.apply(message))
        .isEqualTo(new Present(7, false, List.of(), List.of(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"members\":",
        "{\"members\":{}}",
        "{\"members\":[1]}",
        "{\"joined\":[{\"user\":\"mia\"}]}",
        "{\"left\":[{\"connection\":\"a\",\"since\":\"now\"}]}",
        "{\"left\":[{\"connection\":1,\"since\":1}]}",
      })
  void unreadableBody_isRefusedAndChangesNothing(String body) {
    list.apply(message("1", "{\"members\":[{\"connection\":\"mia\",\"since\":2}]}"));

    assertThatThrownBy(() -> list.apply(message("1", body)))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(list.apply(message("1", "")).members()).containsExactly(GUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "many", "9999999999999999999"})
  void unreadableCount_isRefused(String count) {
    assertThatThrownBy(() -> list.apply(message(count, "{}")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Message message(String count, String body) {
    return Message.builder("presence")
        .header("channel", "room")
        .header("count", count)
        .body(body)
        .build();
  }
}
