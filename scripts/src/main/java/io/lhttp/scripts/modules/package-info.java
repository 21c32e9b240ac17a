/** Source files of scripts and their imports. It must not run scripts. */
@NullMarked
package io.lhttp.scripts.modules;

import org.jspecify.annotations.NullMarked;
