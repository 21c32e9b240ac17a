package io.lhttp.app.code.leak;

/**
 * An object from which a search for replaced classes begins.
 *
 * @param words the description of the object for the log
 * @param advice what ends the hold of the object
 */
record Root(HolderKind by, String words, Object value, String advice) {
  Root(HolderKind by, String words, Object value) {
    this(by, words, value, by.advice);
  }
}
