package io.lhttp.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Processor;
import io.lhttp.message.Message;
import io.lhttp.spring.LhttpProcessor;
import io.lhttp.spring.LhttpServerLifecycle;
import io.lhttp.testing.TestClient;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A test with {@code @LhttpTest} has a server and connections to it; other tests have none. */
class LhttpTestTest {
  @Nested
  @LhttpTest(classes = Application.class, properties = "lhttp.trace=true")
  class WithServer {
    @Value("${local.lhttp.port}")
    private int port;

    @Value("${lhttp.trace}")
    private boolean trace;

    @Test
    void parameters_areConnectionsOfTheirOwn(TestClient jack, TestClient mike) {
      assertThat(jack).isNotSameAs(mike);
      jack.subscribe("room");
      mike.send(Message.builder("chat").header("publish", "room").body("hi jack").build());

      assertThat(mike.receive().body()).isEqualTo("you said hi jack");
      assertThat(jack.receive().body()).isEqualTo("hi jack");
    }

    @Test
    void port_isFreeOne(@Autowired LhttpServerLifecycle lifecycle) {
      assertThat(port).isEqualTo(lifecycle.server().port()).isNotEqualTo(8081);
      assertThat(lifecycle.server().uri().getHost()).isEqualTo("127.0.0.1");
    }

    @Test
    void properties_areThoseOfAnnotation() {
      assertThat(trace).isTrue();
    }
  }

  @Nested
  @SpringBootTest(classes = Application.class)
  class WithoutServer {
    @Test
    void server_doesNotStart(@Autowired LhttpServerLifecycle lifecycle) {
      assertThat(lifecycle.isRunning()).isFalse();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    @LhttpProcessor("chat")
    Processor chat() {
      return exchange -> exchange.send("you said " + exchange.request().body());
    }
  }
}
