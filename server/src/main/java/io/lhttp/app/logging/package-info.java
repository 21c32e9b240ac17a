/** The log: text and JSON, written from a bounded queue. */
@NullMarked
package io.lhttp.app.logging;

import org.jspecify.annotations.NullMarked;
