import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/**
 * Reads Surefire's reports and fails where a test did not run, unless its reason begins with {@code
 * missing program:}. Those are listed, so that nobody takes them for passed.
 */
class NoSkippedTests {
  public static void main(String[] args) throws Exception {
    var folder = Path.of(args[0]);
    if (!Files.isDirectory(folder)) {
      return;
    }
    var refused = 0;
    try (var reports = Files.newDirectoryStream(folder, "TEST-*.xml")) {
      for (var report : reports) {
        refused += skipped(report);
      }
    }
    if (refused > 0) {
      System.err.println(refused + " tests were skipped; a skipped test fails the build");
      System.exit(1);
    }
  }

  private static int skipped(Path report) throws Exception {
    var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile());
    var nodes = document.getElementsByTagName("skipped");
    var refused = 0;
    for (var i = 0; i < nodes.getLength(); i++) {
      var skip = (Element) nodes.item(i);
      var test = (Element) skip.getParentNode();
      var reason = skip.getAttribute("message");
      var name = test.getAttribute("classname") + "." + test.getAttribute("name");
      if (reason.contains("missing program: ")) {
        System.out.println("not run: " + name + ": " + reason);
      } else {
        System.err.println("skipped: " + name + ": " + reason);
        refused++;
      }
    }
    return refused;
  }
}
