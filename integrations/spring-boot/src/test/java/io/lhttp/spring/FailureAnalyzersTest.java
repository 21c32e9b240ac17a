package io.lhttp.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The report of a failed start has place, value and the nearest name. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalyzersTest {
  @TempDir Path folder;

  @Test
  void unknownFilter_isReportedWithLine(CapturedOutput output) throws IOException {
    fail(
        """
        lhttp:
          listen: 127.0.0.1:0
          filters:
            - no-swearing
            - no-shoutin
        """);

    assertThat(output)
        .contains(
            "APPLICATION FAILED TO START",
            "Place: lhttp.filters[1] in ",
            "application.yaml] - 5:7",
            "Value: \"no-shoutin\"",
            "there is no such filter, did you mean 'no-shouting'?");
  }

  @Test
  void unknownProperty_isReportedWithNearestName(CapturedOutput output) throws IOException {
    fail(
        """
        lhttp:
          listen: 127.0.0.1:0
          limits:
            message-byte: 1MiB
        """);

    assertThat(output)
        .contains(
            "Place: lhttp.limits.message-byte in ",
            "application.yaml] - 4:19",
            "Value: \"1MiB\"",
            "did you mean 'lhttp.limits.message-bytes'?");
  }

  @Test
  void unknownPropertyOfMap_isReportedWithNearestName(CapturedOutput output) throws IOException {
    fail(
        """
        lhttp:
          history:
            "[room:*]": { message: 5 }
        """);

    assertThat(output).contains("lhttp.history[room:*].message", "did you mean", ".messages'?");
  }

  @Test
  void unknownSecret_isNotShown(CapturedOutput output) throws IOException {
    fail("lhttp: { broker: { nats: { pasword: correct-horse } } }");

    assertThat(output)
        .contains("Value: \"(not shown)\"", "did you mean 'lhttp.broker.nats.password'?")
        .doesNotContain("correct-horse");
  }

  @Test
  void keyOfLhttpYaml_isReportedWithReplacement(CapturedOutput output) throws IOException {
    fail("lhttp: { chain: [ pubsub ] }");

    assertThat(output).contains("filters are beans, and lhttp.filters names their order");
  }

  @Test
  void wrongValue_isReportedWithExpectation(CapturedOutput output) throws IOException {
    fail("lhttp: { limits: { message-bytes: 64KX } }");

    assertThat(output)
        .contains(
            "Property: lhttp.limits.message-bytes",
            "Value: \"64KX\"",
            "expected a size such as 64KiB, 1MB or 4096 (bytes)");
  }

  private void fail(String yaml) throws IOException {
    var file = Files.writeString(folder.resolve("application.yaml"), yaml);
    assertThatThrownBy(() ->
            new SpringApplicationBuilder(Chat.class)
                .web(WebApplicationType.NONE)
                .run("--spring.config.location=" + file.toUri())
                .close())
        .isInstanceOf(Exception.class);
  }
}
