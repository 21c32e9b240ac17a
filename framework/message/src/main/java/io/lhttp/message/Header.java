package io.lhttp.message;

/**
 * One header line.
 *
 * @param name the name as written; names compare without case
 * @param value the value without leading and trailing spaces and tabs
 */
public record Header(String name, String value) {}
