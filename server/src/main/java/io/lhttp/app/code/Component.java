package io.lhttp.app.code;

import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Classes that name each other, directly or through others, and no other class of the folder. A
 * reload keeps or replaces them as a whole, because a class that is replaced alone would have
 * another type than its neighbours expect.
 *
 * @param classes class files by class name
 * @param fingerprint a hash of the classes and all jars
 */
record Component(Map<String, byte[]> classes, String fingerprint) {
  /** A name in a constant pool: of a class, in a descriptor or signature, or in a string. */
  private static final Pattern NAME = Pattern.compile("[\\p{javaJavaIdentifierPart}/.]+");

  /** Groups classes: each group has those that name each other, directly or through others. */
  static List<Map<String, byte[]>> groups(Map<String, byte[]> classes) {
    var leaders = new HashMap<String, String>();
    classes.keySet().forEach(name -> leaders.put(name, name));
    classes.forEach((name, bytes) -> {
      for (var entry : ClassFile.of().parse(bytes).constantPool()) {
        if (entry instanceof Utf8Entry text) {
          join(name, text.stringValue(), leaders);
        }
      }
    });
    var groups = new TreeMap<String, Map<String, byte[]>>();
    classes.forEach((name, bytes) ->
        groups.computeIfAbsent(leader(name, leaders), _ -> new TreeMap<>()).put(name, bytes));
    return List.copyOf(groups.values());
  }

  /**
   * @param jars the fingerprint of the jars, which all classes may use
   */
  static Component of(Map<String, byte[]> group, String jars) {
    return new Component(group, Hash.of(jars, group));
  }

  private static void join(String name, String text, Map<String, String> leaders) {
    var names = NAME.matcher(text);
    while (names.find()) {
      for (var candidate : candidates(names.group())) {
        if (leaders.containsKey(candidate)) {
          leaders.put(leader(candidate, leaders), leader(name, leaders));
        }
      }
    }
  }

  /** Returns the class names that a text may contain; in a descriptor a name follows an L. */
  private static List<String> candidates(String word) {
    var name = word.replace('/', '.');
    var candidates = new ArrayList<String>();
    candidates.add(name);
    for (var i = name.indexOf('L'); i >= 0; i = name.indexOf('L', i + 1)) {
      candidates.add(name.substring(i + 1));
    }
    return candidates;
  }

  private static String leader(String name, Map<String, String> leaders) {
    var at = name;
    for (var next = leaders.get(at); next != null && !next.equals(at); next = leaders.get(at)) {
      at = next;
    }
    return at;
  }
}
