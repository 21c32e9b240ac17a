package io.lhttp.spring;

import io.lhttp.server.LhttpServer;

/**
 * Changes the server's builder after all properties were applied, for options without a property.
 * All beans of this type run, in their order, before each start.
 */
@FunctionalInterface
public interface LhttpServerCustomizer {
  /** Changes the builder; the chain and the broker are set afterwards. */
  void customize(LhttpServer.Builder builder);
}
