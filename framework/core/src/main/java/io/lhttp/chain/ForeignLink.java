package io.lhttp.chain;

/**
 * A filter or processor whose functions are in another language. The server finds the methods of a
 * Java link by reflection, and asks this one.
 */
public interface ForeignLink {
  /**
   * Whether the link has this method of a connection's life: {@code onOpen}, {@code onJoin}, {@code
   * onReview}, {@code onLeave} or {@code onClose}. The server asks when it builds a chain.
   */
  boolean has(String method);
}
