package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import okhttp3.HttpUrl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A rule of {@code allow} permits the URLs that match it and rejects malformed patterns. */
class AllowRuleTest {
  @ParameterizedTest
  @CsvSource({
    "https://a.example/*, https://a.example/, true",
    "https://a.example/*, https://a.example/x/y, true",
    "https://a.example/*, https://b.example/x, false",
    "https://a.example/hooks/*, https://a.example/hooks/x, true",
    "https://a.example/hooks/*, https://a.example/hooks/, true",
    "https://a.example/hooks/*, https://a.example/hooks, false",
    "https://a.example/hooks/*, https://a.example/hooksx, false",
    "https://*/*, https://any.example/x, true",
    "https://*, https://any.example/x, true",
    "https://*.a.example/*, https://b.a.example/x, true",
    "https://a.example:*/*, https://a.example:8443/x, true",
    "https://a.example/hooks, https://a.example/hooks/x, true",
  })
  void allowRule_allowsMatchingUrlsAlone(String rule, String url, boolean allowed) {
    assertThat(AllowRule.parse(rule).allows(HttpUrl.get(url))).isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://a.example/*/x",
        "https://a.example/x*",
        "https://a.example/**",
        "https://a.example/x/*.json",
        "https://a*.example/",
        "https://a.*/",
      })
  void malformedAllowRule_throws(String rule) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AllowRule.parse(rule))
        .withMessageStartingWith("a URL such as");
  }
}
