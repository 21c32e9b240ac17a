/**
 * The class loaders of replaced code: cleaned up after, and explained if they stay in memory. It
 * must not load code.
 */
@NullMarked
package io.lhttp.app.code.leak;

import org.jspecify.annotations.NullMarked;
