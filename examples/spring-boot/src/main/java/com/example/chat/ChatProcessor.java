package com.example.chat;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.spring.LhttpProcessor;

/** Answers the command chat. */
@LhttpProcessor("chat")
class ChatProcessor implements Processor {
  @Override
  public void onMessage(Exchange exchange) {
    exchange.send("you said " + exchange.request().body());
  }
}
