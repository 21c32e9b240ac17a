package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The upload example answers each part of a multipart message. */
class UploadTest {
  @Test
  void parts_areEachAnswered() {
    try (var app = AppProcess.example("upload");
        var client = app.connect()) {
      client.send(
          "LHTTP/1.0 upload\r\nmultipart:0 56\r\n\r\n"
              + "content-type:text/json\r\n\r\n{filename:file.txt,fileLen:5}\n"
              + "content-type:text/plain\r\n\r\nhello");

      var first = client.receive();
      var second = client.receive();

      assertThat(first.header("part")).contains("1 of 2");
      assertThat(first.body()).isEqualTo("30 bytes");
      assertThat(second.header("content-type")).contains("text/plain");
      assertThat(second.body()).isEqualTo("5 bytes");
    }
  }

  @Test
  void offsetsBeyondBody_areRefused() {
    try (var app = AppProcess.example("upload");
        var client = app.connect()) {
      client.send("LHTTP/1.0 upload\r\nmultipart:0 500\r\n\r\nk1:v1\r\n\r\nbody1");

      assertThat(client.receive().header("status")).contains("400");
    }
  }
}
