package io.lhttp.testing;

import io.lhttp.server.Transport;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.AfterClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.BeforeClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Runs a test class once for each transport; needs JUnit 5.13 or newer. A {@link
 * LhttpServerExtension} in an instance field then starts its servers with that transport. A
 * transport that this machine lacks is shown as skipped.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(EachTransport.Provider.class)
public @interface EachTransport {

  /** Provides the transports, the preferred one first. */
  final class Provider implements ClassTemplateInvocationContextProvider {
    @Override
    public boolean supportsClassTemplate(ExtensionContext context) {
      return true;
    }

    @Override
    public Stream<? extends ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(
        ExtensionContext context) {
      return Stream.of(Transport.IO_URING, Transport.EPOLL, Transport.NIO).map(Invocation::new);
    }
  }

  /** One run of the class. */
  record Invocation(Transport transport) implements ClassTemplateInvocationContext {
    @Override
    public String getDisplayName(int index) {
      return transport.toString();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(new Run(transport));
    }
  }

  /**
   * Sets the transport before a run of the class, and resets it afterwards. Tests run one after the
   * other.
   */
  final class Run
      implements BeforeClassTemplateInvocationCallback,
          AfterClassTemplateInvocationCallback,
          ExecutionCondition,
          TestExecutionExceptionHandler {
    private final Transport transport;

    private Run(Transport transport) {
      this.transport = transport;
    }

    @Override
    public void beforeClassTemplateInvocation(ExtensionContext context) {
      TestTransport.set(available() ? transport : Transport.AUTO);
    }

    @Override
    public void afterClassTemplateInvocation(ExtensionContext context) {
      TestTransport.set(Transport.AUTO);
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      return available()
          ? ConditionEvaluationResult.enabled("on " + transport)
          : ConditionEvaluationResult.disabled("missing program: " + transport);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
        throws Throwable {
      failure.addSuppressed(new AssertionError("on " + transport));
      throw failure;
    }

    private boolean available() {
      return transport.available();
    }
  }
}
