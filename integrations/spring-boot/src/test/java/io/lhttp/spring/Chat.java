package io.lhttp.spring;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.message.Message;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** The application of the tests: two filters, two processors, and a publisher behind one. */
@ComponentScan("io.lhttp.spring.scanned")
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Chat {
  @Bean
  @LhttpProcessor({"chat", "say"})
  Echo echo() {
    return new Echo();
  }

  @Bean
  @LhttpProcessor("announce")
  Processor announcer(LhttpPublisher publisher) {
    return exchange -> publisher.publish("news", Message.of("news", exchange.request().body()));
  }

  @Bean
  @Order(2)
  @LhttpFilter("no-shouting")
  Filter quiet() {
    return new Refuse("!");
  }

  /** Answers with the same text, and counts how often it was closed. */
  static final class Echo implements Processor, AutoCloseable {
    final AtomicInteger closed = new AtomicInteger();

    @Override
    public void onMessage(Exchange exchange) {
      exchange.send(exchange.request().body());
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  /** Refuses messages that end with a text. */
  record Refuse(String end) implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      return exchange.request().body().endsWith(end)
          ? exchange.refuse(422, "no " + end)
          : chain.proceed(exchange);
    }
  }
}
