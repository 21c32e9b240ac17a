/** Source files and imports. */
@NullMarked
package io.lhttp.scripts.modules;

import org.jspecify.annotations.NullMarked;
