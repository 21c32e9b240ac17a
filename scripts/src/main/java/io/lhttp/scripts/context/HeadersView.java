package io.lhttp.scripts.context;

import io.lhttp.message.Headers;
import org.graalvm.polyglot.HostAccess;
import org.jspecify.annotations.Nullable;

/** Headers as scripts read them. */
public abstract class HeadersView {
  HeadersView() {}

  abstract Headers headers();

  @HostAccess.Export
  public @Nullable String header(String name) {
    return headers().first(name).orElse(null);
  }

  @HostAccess.Export
  public int headerCount() {
    return headers().size();
  }

  @HostAccess.Export
  public String headerName(int i) {
    return headers().get(i).name();
  }

  @HostAccess.Export
  public String headerValue(int i) {
    return headers().get(i).value();
  }
}
