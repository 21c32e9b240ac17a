import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Packs the bundle that a release sends to Maven Central from a local repository. It fails unless
 * each artifact has what Central asks for: a POM with its metadata, sources, Javadoc, checksums and
 * signatures, and no snapshot. Each jar also needs an SBOM, and has to be in the BOM.
 *
 * <p>Arguments: the repository, the version, the bundle to write, and {@code unsigned} if there are
 * no signatures.
 */
class CentralBundle {
  private static final List<String> METADATA =
      List.of("name", "description", "url", "licenses", "developers", "scm");

  private final Map<String, byte[]> files = new TreeMap<>();
  private final List<String> wrong = new ArrayList<>();
  private final String version;
  private final boolean signed;

  private CentralBundle(Path repository, String version, boolean signed) throws IOException {
    this.version = version;
    this.signed = signed;
    try (var paths = Files.walk(repository)) {
      for (var path : paths.filter(Files::isRegularFile).toList()) {
        // Central makes the lists of versions itself.
        if (!path.getFileName().toString().startsWith("maven-metadata")) {
          var name = repository.relativize(path).toString().replace('\\', '/');
          files.put(name, Files.readAllBytes(path));
        }
      }
    }
  }

  public static void main(String[] args) throws Exception {
    var bundle = new CentralBundle(Path.of(args[0]), args[1], args.length < 4);
    var artifacts = bundle.check();
    bundle.wrong.forEach(problem -> System.err.println("release: " + problem));
    System.out.printf(
        "release: the bundle has %d artifacts in %d files; %s%n",
        artifacts,
        bundle.files.size(),
        bundle.wrong.isEmpty() ? "nothing is missing" : bundle.wrong.size() + " problems");
    if (!bundle.wrong.isEmpty()) {
      System.exit(1);
    }
    bundle.write(Path.of(args[2]));
  }

  private void write(Path bundle) throws IOException {
    try (var zip = new ZipOutputStream(Files.newOutputStream(bundle))) {
      for (var file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
  }

  private int check() throws Exception {
    var artifacts = new TreeMap<String, Document>();
    for (var file : files.keySet()) {
      if (file.endsWith(".pom")) {
        var xml = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        artifacts.put(file.split("/")[2], xml.parse(new ByteArrayInputStream(files.get(file))));
      }
      if (!file.matches(".*\\.(md5|sha1|sha256|sha512|asc)")) {
        checkAround(file);
      }
    }
    for (var artifact : artifacts.entrySet()) {
      checkArtifact(artifact.getKey(), artifact.getValue().getDocumentElement(), artifacts);
    }
    checkBom(artifacts);
    return artifacts.size();
  }

  /** Checks the checksums and the signature of a file. */
  private void checkAround(String file) throws Exception {
    for (var checksum : Map.of("md5", "MD5", "sha1", "SHA-1").entrySet()) {
      var written = files.get(file + "." + checksum.getKey());
      var digest = MessageDigest.getInstance(checksum.getValue()).digest(files.get(file));
      if (written == null
          || !new String(written).strip().equals(HexFormat.of().formatHex(digest))) {
        wrong.add(file + " has no right ." + checksum.getKey());
      }
    }
    if (signed && !files.containsKey(file + ".asc")) {
      wrong.add(file + " is not signed");
    }
    if (!file.contains("/" + version + "/") || file.contains("SNAPSHOT")) {
      wrong.add(file + " is not of version " + version);
    }
  }

  private void checkArtifact(String name, Element pom, Map<String, Document> artifacts) {
    var parent = child(pom, "parent") == null ? null : artifacts.get("lhttp");
    for (var key : METADATA) {
      var inherited = parent != null && !key.equals("name") && !key.equals("description");
      if (child(pom, key) == null
          && !(inherited && child(parent.getDocumentElement(), key) != null)) {
        wrong.add(name + ": its POM has no " + key);
      }
    }
    var text = new String(files.get(path(name, ".pom")));
    if (text.contains("-SNAPSHOT")) {
      wrong.add(name + ": its POM names a snapshot");
    }
    if (text.contains("<packaging>pom</packaging>")) {
      return;
    }
    for (var kind : List.of(".jar", "-sources.jar", "-javadoc.jar", "-cyclonedx.json")) {
      if (!files.containsKey(path(name, kind))) {
        wrong.add(name + " has no " + name + "-" + version + kind);
      }
    }
  }

  /** The BOM must list every jar of the bundle, and no other. */
  private void checkBom(Map<String, Document> artifacts) {
    var jars = new TreeSet<>(artifacts.keySet());
    jars.removeIf(name -> !files.containsKey(path(name, ".jar")));
    var listed = new TreeSet<String>();
    var managed = artifacts.get("lhttp-bom").getElementsByTagName("dependency");
    for (var i = 0; i < managed.getLength(); i++) {
      listed.add(child((Element) managed.item(i), "artifactId").getTextContent());
    }
    if (!listed.equals(jars)) {
      wrong.add("the BOM lists " + listed + ", and the bundle has " + jars);
    }
  }

  private String path(String name, String kind) {
    return "io/lhttp/%s/%s/%s-%s%s".formatted(name, version, name, version, kind);
  }

  private static Element child(Element parent, String name) {
    for (var node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        return element;
      }
    }
    return null;
  }
}
