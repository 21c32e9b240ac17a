package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.Secrets;
import io.lhttp.app.api.method.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys are found by their secrets, two at a time. */
class ApiKeysTest {
  private static final String OLD = "0123456789abcdef";
  private static final String NEW = "fedcba9876543210";

  @Test
  void bothSecretsOfRotation_areFound() {
    var keys = new ApiKeys(Map.of("a", new ApiKey(Secrets.of(OLD, NEW), Set.of(Method.INFO))));

    assertThat(keys.find(OLD).orElseThrow().name()).isEqualTo("a");
    assertThat(keys.find(NEW).orElseThrow().key().allows(Method.INFO)).isTrue();
    assertThat(keys.find(NEW).orElseThrow().key().allows(Method.AUDIT)).isFalse();
    assertThat(keys.find("")).isEmpty();
    assertThat(keys.find(OLD + "0")).isEmpty();
    assertThat(keys.toString()).doesNotContain(OLD, NEW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0123456789abcde", "0123456789 abcdef", "0123456789äbcdef"})
  void secretThatNoHeaderCarries_orIsShort_isRefused(String secret) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ApiKey(Secrets.of(secret), Set.of()))
        .withMessageNotContaining(secret);
  }

  @Test
  void twoKeysWithOneSecret_orTooMany_areRefused() {
    var key = new ApiKey(Secrets.of(OLD), Set.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ApiKeys(Map.of("a", key, "b", key)))
        .withMessageContaining("have the same secret")
        .withMessageNotContaining(OLD);
    var many = new HashMap<String, ApiKey>();
    for (var i = 0; i <= ApiKeys.MOST; i++) {
      many.put("k" + i, new ApiKey(Secrets.of("secret-of-key-number-" + i), Set.of()));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new ApiKeys(many));
  }
}
