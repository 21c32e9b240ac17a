package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The files beside the sources, which classes read by {@code getResource}. The name of a file is
 * its path below {@code filters/} or {@code processors/}. Immutable.
 */
final class ResourceFiles {
  static final ResourceFiles NONE = new ResourceFiles(new TreeMap<>());

  private static final String SERVICES = "META-INF/services/";

  private final SortedMap<String, byte[]> contents;
  private final String fingerprint;

  private ResourceFiles(SortedMap<String, byte[]> contents) {
    this.contents = contents;
    this.fingerprint = contents.isEmpty() ? "" : Hash.of("resources", contents);
  }

  /**
   * Returns the files. If both folders have a file of the same name, the first one wins.
   *
   * @param generated files that annotation processors wrote; files of users win over these
   * @param warnings gets a warning for each file that loses
   */
  static ResourceFiles of(
      List<CodeFile> files, Map<String, byte[]> generated, Collection<Problem> warnings) {
    var contents = new TreeMap<String, byte[]>();
    var owners = new TreeMap<String, String>();
    for (var file : files) {
      var owner = owners.putIfAbsent(file.entry(), file.name());
      if (owner == null) {
        contents.put(file.entry(), file.content());
      } else {
        warnings.add(
            new Problem(Place.of(file.name()), "this resource is hidden by %s".formatted(owner)));
      }
    }
    generated.forEach(contents::putIfAbsent);
    return contents.isEmpty() ? NONE : new ResourceFiles(contents);
  }

  /**
   * Returns the files that take the place of a file of a jar for the classes of the jars. Lists of
   * providers are none, because these classes can't load providers of the sources.
   */
  ResourceFiles replacing(Predicate<String> ofJar) {
    var seen = new TreeMap<>(contents);
    seen.keySet().removeIf(name -> name.startsWith(SERVICES) || !ofJar.test(name));
    return seen.isEmpty() ? NONE : new ResourceFiles(seen);
  }

  /** A hash of all files; empty without files. */
  String fingerprint() {
    return fingerprint;
  }

  /** The names of classes that the files in {@code META-INF/services} list. */
  List<String> providers() {
    var providers = new ArrayList<String>();
    contents.forEach((name, bytes) -> {
      if (name.startsWith(SERVICES)) {
        new String(bytes, UTF_8)
            .lines()
            .map(line -> line.replaceFirst("#.*", "").strip())
            .filter(line -> !line.isEmpty())
            .forEach(providers::add);
      }
    });
    return providers;
  }

  /**
   * Returns a URL that gives the content of the file, even after the file changed; null if there is
   * no such file.
   */
  @Nullable URL find(String name) {
    var content = contents.get(name);
    if (content == null) {
      return null;
    }
    try {
      return URL.of(new URI("lhttp", null, "/" + name, null), new Handler(content));
    } catch (URISyntaxException | MalformedURLException e) {
      throw new IllegalArgumentException("every path makes a URI: " + name, e);
    }
  }

  /** Returns the file of this name, if there is one, and then the other URLs without this file. */
  Enumeration<URL> before(String name, Enumeration<URL> others) {
    var own = find(name);
    if (own == null) {
      return others;
    }
    var all = new ArrayList<URL>();
    all.add(own);
    while (others.hasMoreElements()) {
      var other = others.nextElement();
      if (!other.toExternalForm().equals(own.toExternalForm())) {
        all.add(other);
      }
    }
    return Collections.enumeration(all);
  }

  private static final class Handler extends URLStreamHandler {
    private final byte[] content;

    Handler(byte[] content) {
      this.content = content;
    }

    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {
          connected = true;
        }

        @Override
        public InputStream getInputStream() throws IOException {
          return new ByteArrayInputStream(content);
        }

        @Override
        public long getContentLengthLong() {
          return content.length;
        }
      };
    }
  }
}
