package com.example.chat;

import io.lhttp.message.Message;
import io.lhttp.spring.LhttpPublisher;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Publishes what is posted over HTTP to the subscribers of a channel. */
@RestController
class AnnouncementController {
  private final LhttpPublisher publisher;

  AnnouncementController(LhttpPublisher publisher) {
    this.publisher = publisher;
  }

  @PostMapping("/announcements")
  @ResponseStatus(HttpStatus.ACCEPTED)
  void announce(@RequestBody String text) {
    publisher.publish("announcements", Message.of("announcement", text));
  }
}
