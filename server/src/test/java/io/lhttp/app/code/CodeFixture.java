package io.lhttp.app.code;

import io.lhttp.Filter;
import io.lhttp.app.FolderFixture;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import java.util.List;

/** An application's folder with code that a test writes and loads. */
public abstract class CodeFixture extends FolderFixture {
  protected final Problems problems = new Problems();

  /** Creates a filter of this class without options. */
  protected Filter make(UserCode code, String className) throws Exception {
    var place = Place.of("lhttp.yaml");
    return code.factory(
            new UserCode.Wanted<>("filter", Filter.class, className, List.of(), place),
            className,
            place,
            new Node.Nothing(place),
            new Binder(problems))
        .orElseThrow()
        .call();
  }
}
