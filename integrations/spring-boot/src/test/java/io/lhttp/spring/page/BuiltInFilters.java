package io.lhttp.spring.page;

import io.lhttp.filters.auth.AuthFilter;
import io.lhttp.filters.auth.AuthOptions;
import io.lhttp.spring.LhttpFilter;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

@Configuration
class BuiltInFilters {
  @Bean
  @Order(1)
  @LhttpFilter("auth")
  AuthFilter auth(@Value("${chat.jwt-secret}") String secret) {
    return new AuthFilter(AuthOptions.of(AuthOptions.Jwt.of(secret)));
  }
}
