package io.lhttp.app.code;

import io.lhttp.Filter;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** An application's folder with code that a test writes and loads. */
public abstract class CodeFixture {
  @TempDir protected Path folder;
  protected final Problems problems = new Problems();

  /** Creates a filter of this class without options. */
  protected Filter make(UserCode code, String className) throws Exception {
    var place = Place.of("lhttp.yaml");
    return code.recipe(
            new UserCode.Wanted<>("filter", Filter.class, className, List.of(), place),
            className,
            place,
            new Node.Nothing(place),
            new Binder(problems),
            List.of())
        .orElseThrow()
        .call();
  }

  protected Path write(String name, String content) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
