/**
 * Reads YAML text into records, with the place of every error. It must not know settings of LHTTP.
 */
@NullMarked
package io.lhttp.app.config;

import org.jspecify.annotations.NullMarked;
