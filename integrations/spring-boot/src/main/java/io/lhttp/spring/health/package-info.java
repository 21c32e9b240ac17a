/** The server's health for Spring Boot's Actuator. Only this package uses its health module. */
@NullMarked
package io.lhttp.spring.health;

import org.jspecify.annotations.NullMarked;
