@NullMarked
package io.lhttp.client.readme;

import org.jspecify.annotations.NullMarked;
