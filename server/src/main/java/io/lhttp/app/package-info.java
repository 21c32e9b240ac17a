/** The command line, and the application folder that it runs. */
@NullMarked
package io.lhttp.app;

import org.jspecify.annotations.NullMarked;
