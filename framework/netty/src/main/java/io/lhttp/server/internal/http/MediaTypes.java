package io.lhttp.server.internal.http;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The media types of files by their extensions. */
final class MediaTypes {
  private static final String OTHER = "application/octet-stream";

  private static final Map<String, String> BY_EXTENSION =
      table(
          """
          text/html; charset=utf-8: html htm
          text/css; charset=utf-8: css
          text/javascript; charset=utf-8: js mjs cjs
          text/plain; charset=utf-8: txt text log
          text/markdown; charset=utf-8: md markdown
          text/csv; charset=utf-8: csv
          text/vtt; charset=utf-8: vtt
          text/calendar; charset=utf-8: ics
          text/vcard; charset=utf-8: vcf
          application/json: json map
          application/ld+json: jsonld
          application/geo+json: geojson
          application/manifest+json: webmanifest
          application/yaml: yaml yml
          application/xml: xml xsl
          application/xhtml+xml: xhtml xht
          application/rss+xml: rss
          application/atom+xml: atom
          application/wasm: wasm
          application/pdf: pdf
          application/rtf: rtf
          application/epub+zip: epub
          application/zip: zip
          application/gzip: gz
          application/x-tar: tar
          image/svg+xml: svg
          image/png: png
          image/apng: apng
          image/jpeg: jpg jpeg jfif
          image/gif: gif
          image/webp: webp
          image/avif: avif
          image/jxl: jxl
          image/bmp: bmp
          image/tiff: tif tiff
          image/x-icon: ico cur
          font/woff2: woff2
          font/woff: woff
          font/ttf: ttf
          font/otf: otf
          font/collection: ttc
          application/vnd.ms-fontobject: eot
          audio/mpeg: mp3
          audio/mp4: m4a
          audio/aac: aac
          audio/ogg: oga ogg opus
          audio/wav: wav
          audio/flac: flac
          audio/webm: weba
          audio/midi: mid midi
          video/mp4: mp4 m4v
          video/webm: webm
          video/ogg: ogv
          video/quicktime: mov
          application/vnd.apple.mpegurl: m3u8
          application/dash+xml: mpd
          model/gltf-binary: glb
          model/gltf+json: gltf
          """);

  private MediaTypes() {}

  /** Returns the type for a file's name or path; the case of the extension does not matter. */
  static String of(String path) {
    var dot = path.indexOf('.', path.lastIndexOf('/') + 1) < 0 ? -1 : path.lastIndexOf('.');
    var extension = dot < 0 ? "" : path.substring(dot + 1).toLowerCase(Locale.ROOT);
    return BY_EXTENSION.getOrDefault(extension, OTHER);
  }

  private static Map<String, String> table(String lines) {
    var table = new HashMap<String, String>();
    lines
        .lines()
        .forEach(line -> {
          var colon = line.lastIndexOf(": ");
          for (var extension : line.substring(colon + 2).split(" ", -1)) {
            table.put(extension, line.substring(0, colon));
          }
        });
    return Map.copyOf(table);
  }
}
