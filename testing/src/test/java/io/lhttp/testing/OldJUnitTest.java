package io.lhttp.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.server.LhttpServer;
import java.io.IOException;
import java.net.URI;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;

/** The library runs with a JUnit version before 5.13, which has no class templates. */
class OldJUnitTest {
  @Test
  void extension_withoutClassTemplates_startsServer() throws Exception {
    var extension = new WithoutClassTemplates().loadClass(LhttpServerExtension.class.getName());
    Consumer<LhttpServer.Builder> configure =
        builder -> builder.processor("echo", exchange -> exchange.send("hi"));
    var server = extension.getConstructor(Consumer.class).newInstance(configure);

    ((BeforeEachCallback) server).beforeEach(null);
    assertThat(extension.getMethod("uri").invoke(server)).isInstanceOf(URI.class);
    ((AfterEachCallback) server).afterEach(null);
  }

  @Test
  void classTemplates_areMissingInTheseTests() {
    assertThatThrownBy(() ->
            Class.forName(
                EachTransport.Invocation.class.getName(), true, new WithoutClassTemplates()))
        .isInstanceOf(NoClassDefFoundError.class);
  }

  /** A class loader that loads this library again, without the class templates of JUnit. */
  private static final class WithoutClassTemplates extends ClassLoader {
    private static final ClassLoader PARENT = OldJUnitTest.class.getClassLoader();

    WithoutClassTemplates() {
      super(PARENT);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.junit.") && name.contains("ClassTemplate")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.lhttp.testing.")) {
        return super.loadClass(name, resolve);
      }
      var loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (var in = PARENT.getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        var bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
