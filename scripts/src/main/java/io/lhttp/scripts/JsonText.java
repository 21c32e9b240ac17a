package io.lhttp.scripts;

import org.graalvm.polyglot.HostAccess;

/** A value of a script that is no string, number or boolean, as it is kept outside of a context. */
record JsonText(String json) {
  /** For the script to parse. */
  @HostAccess.Export
  public String text() {
    return json;
  }
}
