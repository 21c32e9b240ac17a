package io.lhttp.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.assembly.Resources;
import java.util.regex.Pattern;
import picocli.CommandLine.IVersionProvider;

/** Tells the version of LHTTP, and of the Java that runs it, for {@code lhttp --version}. */
public final class Version implements IVersionProvider {
  private static final Pattern OF_PROJECTS = Pattern.compile("<lhttp.version>([^<]+)<");

  @Override
  public String[] getVersion() {
    return new String[] {
      "lhttp " + number(),
      "Java %s, %s %s"
          .formatted(
              Runtime.version(), System.getProperty("os.name"), System.getProperty("os.arch"))
    };
  }

  /** Returns the version that new projects depend on, which is that of this build. */
  private static String number() {
    var version = OF_PROJECTS.matcher(new String(Resources.read("new-java/pom.xml"), UTF_8));
    if (!version.find()) {
      throw new IllegalStateException("the pom.xml of new projects has no version");
    }
    return version.group(1);
  }
}
