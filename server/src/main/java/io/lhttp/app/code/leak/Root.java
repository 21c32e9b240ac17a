package io.lhttp.app.code.leak;

/**
 * An object from which a search for replaced classes begins.
 *
 * @param words the description of the object for the log
 */
record Root(HolderKind by, String words, Object value) {}
