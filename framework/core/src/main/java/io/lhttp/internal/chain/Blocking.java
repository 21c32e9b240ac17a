package io.lhttp.internal.chain;

import io.lhttp.message.Message;

/** Whether a link may block, as known when the chain is built. */
enum Blocking {
  NEVER,
  ALWAYS,

  /** The link decides for each message. */
  ASK;

  /**
   * @param contract the interface that declares {@code mayBlock(Message)} with a default
   * @param mayBlock the link's answer for all messages
   */
  static Blocking of(Object link, Class<?> contract, boolean mayBlock) {
    if (!mayBlock) {
      return NEVER;
    }
    return OverriddenMethods.of(link, contract, "mayBlock", Message.class) ? ASK : ALWAYS;
  }
}
