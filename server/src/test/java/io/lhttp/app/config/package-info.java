@NullMarked
package io.lhttp.app.config;

import org.jspecify.annotations.NullMarked;
