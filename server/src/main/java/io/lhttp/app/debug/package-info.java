/** The debugger of the JVM. Nothing here may start or stop a server. */
@NullMarked
package io.lhttp.app.debug;

import org.jspecify.annotations.NullMarked;
