package io.lhttp.examples;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Creates pictures for the documentation. */
final class Screenshots {
  private static final int GAP = 24;

  private Screenshots() {}

  /** Writes two windows next to each other into one PNG file. */
  static void sideBySide(Chromium.Window left, Chromium.Window right, Path file)
      throws IOException {
    var a = picture(left);
    var b = picture(right);
    var both =
        new BufferedImage(
            a.getWidth() + b.getWidth() + 3 * GAP,
            Math.max(a.getHeight(), b.getHeight()) + 2 * GAP,
            BufferedImage.TYPE_INT_RGB);
    var canvas = both.createGraphics();
    canvas.setColor(new Color(0xd8dde3));
    canvas.fillRect(0, 0, both.getWidth(), both.getHeight());
    canvas.drawImage(a, GAP, GAP, null);
    canvas.drawImage(b, a.getWidth() + 2 * GAP, GAP, null);
    canvas.dispose();
    ImageIO.write(both, "png", file.toFile());
  }

  private static BufferedImage picture(Chromium.Window window) throws IOException {
    var file = Files.createTempFile("window", ".png");
    try {
      window.screenshot(file);
      return ImageIO.read(file.toFile());
    } finally {
      Files.delete(file);
    }
  }
}
