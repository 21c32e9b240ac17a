package io.lhttp.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.core.annotation.AliasFor;
import org.springframework.test.context.TestPropertySource;

/**
 * A test of the whole application, whose LHTTP server runs on a free port of the loopback address.
 * In all other tests with Spring the server does not start.
 *
 * <p>A parameter of the type {@link io.lhttp.testing.TestClient} is a new connection to the server,
 * which is closed after the test. {@code @Value("${local.lhttp.port}")} is the port.
 *
 * <pre>{@code
 * @LhttpTest
 * class ChatTest {
 *   @Test
 *   void message_isAnswered(TestClient jack) {
 *     assertThat(jack.request(Message.of("chat", "hi")).body()).isEqualTo("hi");
 *   }
 * }
 * }</pre>
 */
@Documented
@ExtendWith(ConnectionsOfTest.class)
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest
@Target(ElementType.TYPE)
@TestPropertySource(properties = "lhttp.listen=127.0.0.1:0")
public @interface LhttpTest {
  /** Further properties, as {@link SpringBootTest#properties}. */
  @AliasFor(annotation = SpringBootTest.class, attribute = "properties")
  String[] properties() default {};

  /** The classes of the application, as {@link SpringBootTest#classes}. */
  @AliasFor(annotation = SpringBootTest.class, attribute = "classes")
  Class<?>[] classes() default {};

  /** Whether the application's own web server runs, as {@link SpringBootTest#webEnvironment}. */
  @AliasFor(annotation = SpringBootTest.class, attribute = "webEnvironment")
  WebEnvironment webEnvironment() default WebEnvironment.MOCK;
}
