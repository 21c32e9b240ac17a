/** The settings of lhttp.yaml. */
@NullMarked
package io.lhttp.app.settings;

import org.jspecify.annotations.NullMarked;
