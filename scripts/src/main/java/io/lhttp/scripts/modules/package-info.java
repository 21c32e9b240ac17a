/** Source files of scripts and their imports; no script may be run here. */
@NullMarked
package io.lhttp.scripts.modules;

import org.jspecify.annotations.NullMarked;
