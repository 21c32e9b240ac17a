/** YAML text to records, with every error and its place; no setting of LHTTP may be known here. */
@NullMarked
package io.lhttp.app.config;

import org.jspecify.annotations.NullMarked;
