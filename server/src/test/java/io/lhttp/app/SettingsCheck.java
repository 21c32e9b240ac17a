package io.lhttp.app;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.Filter;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** An application's folder with one {@code lhttp.yaml}, which {@code serve} accepts or refuses. */
public record SettingsCheck(Path folder, Map<String, String> environment) {
  private static final String MARK = "^";

  /**
   * Returns the problems that {@code serve} reports, without copies of lines; places are relative
   * to the folder.
   */
  public List<String> problems(String text) throws IOException {
    return thrown(text).problems().stream()
        .map(Problem::summary)
        .map(problem -> problem.replace(folder + "/", ""))
        .toList();
  }

  /** Returns the whole text that {@code serve} reports. */
  public String report(String text) throws IOException {
    return String.valueOf(thrown(text).getMessage());
  }

  private ConfigurationException thrown(String text) throws IOException {
    Files.writeString(folder.resolve("lhttp.yaml"), text);
    return catchThrowableOfType(ConfigurationException.class, this::make);
  }

  /**
   * Returns the problems of a chain with one filter. A mark in the filter's options shows where the
   * error is.
   */
  public List<String> problems(String filter, String marked) throws IOException {
    return problems("chain:\n" + line(filter, marked).replace(MARK, "") + "\n");
  }

  /**
   * Returns the beginning of an error's text: the place of the mark, or, without one, of the
   * options.
   */
  public static String place(String filter, String marked) {
    var line = line(filter, marked);
    return "lhttp.yaml:2:%d: ".formatted(line.indexOf(marked.contains(MARK) ? '^' : '{') + 1);
  }

  /** Creates the first filter of the chain. */
  public Filter filter(String text) throws Exception {
    Files.writeString(folder.resolve("lhttp.yaml"), text);
    return make();
  }

  private Filter make() throws Exception {
    var application = new ApplicationLoader(folder).environment(environment::get).load();
    return application.chain().filters().getFirst().make().call();
  }

  private static String line(String filter, String marked) {
    return "  - %s: { %s }".formatted(filter, marked);
  }
}
