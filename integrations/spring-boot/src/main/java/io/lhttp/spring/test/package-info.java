/**
 * Tests of applications with the starter. Needs {@code lhttp-testing} and Spring Boot's test
 * starter, which an application has in its tests only.
 */
@NullMarked
package io.lhttp.spring.test;

import org.jspecify.annotations.NullMarked;
