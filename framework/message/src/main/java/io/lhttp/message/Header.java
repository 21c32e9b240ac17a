package io.lhttp.message;

/**
 * One header line.
 *
 * @param name as it was written; names compare without case
 * @param value without leading and trailing spaces and tabs
 */
public record Header(String name, String value) {}
