/**
 * A server in a Spring Boot application: its properties, its chain of beans and its life cycle.
 * Metrics, health and tests are in sub-packages, because each needs a library of its own. Nothing
 * here may be called for a single message.
 */
@NullMarked
package io.lhttp.spring;

import org.jspecify.annotations.NullMarked;
