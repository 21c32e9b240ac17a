package io.lhttp.app.logging;

import java.util.function.Supplier;

/**
 * An exception of an application's code, in words for its developer.
 *
 * @param summary the place and the text of the exception in one line, equal for equal failures
 * @param lines returns several lines that begin with the place; may read the source
 */
public record FailureExplanation(String summary, Supplier<String> lines) {}
