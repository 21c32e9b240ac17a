/**
 * The log as text or JSON, written from a bounded queue. No caller may wait for the log's reader.
 */
@NullMarked
package io.lhttp.app.logging;

import org.jspecify.annotations.NullMarked;
