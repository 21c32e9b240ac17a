package io.lhttp.internal.chain;

import io.lhttp.message.Message;

/** Whether a link may block, as far as it can be told when the chain is built. */
enum Blocking {
  NEVER,
  ALWAYS,

  /** The link chooses for each message. */
  ASK;

  /**
   * @param contract the interface with the default
   */
  static Blocking of(Object link, Class<?> contract, boolean mayBlock) {
    if (!mayBlock) {
      return NEVER;
    }
    return Overrides.of(link, contract, "mayBlock", Message.class) ? ASK : ALWAYS;
  }
}
