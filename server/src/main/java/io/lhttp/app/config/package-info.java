/** A YAML text into records, with every error and its place. */
@NullMarked
package io.lhttp.app.config;

import org.jspecify.annotations.NullMarked;
