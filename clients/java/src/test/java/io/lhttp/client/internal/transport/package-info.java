@NullMarked
package io.lhttp.client.internal.transport;

import org.jspecify.annotations.NullMarked;
