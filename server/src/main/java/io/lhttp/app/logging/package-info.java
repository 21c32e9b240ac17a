/**
 * The log as text or JSON, written from a bounded queue; no caller may wait for its reader here.
 */
@NullMarked
package io.lhttp.app.logging;

import org.jspecify.annotations.NullMarked;
