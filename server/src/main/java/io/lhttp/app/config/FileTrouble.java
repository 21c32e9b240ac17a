package io.lhttp.app.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Describes, for people, why a file can't be read or written. */
public final class FileTrouble {
  private FileTrouble() {}

  /** Returns the reason without the file's name, which stands elsewhere in the error. */
  public static String reason(IOException thrown) {
    var message = thrown.getMessage();
    return switch (thrown) {
      case NoSuchFileException _ -> "no such file";
      case AccessDeniedException _ -> "permission denied";
      case NotDirectoryException _ -> "this is no folder";
      case FileAlreadyExistsException _ -> "the file exists already";
      case FileSystemException failed when failed.getReason() != null -> failed.getReason();
      default -> message == null ? "the input or output failed" : message;
    };
  }
}
