package io.lhttp.nats;

import io.lhttp.revocation.FileRevocations;
import io.lhttp.revocation.RevocationStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A file obeys the rules of each store of revocations. */
class FileRevocationTest extends RevocationContract {
  @TempDir private Path folder;

  @Override
  RevocationStore store() {
    return new FileRevocations(folder.resolve("revocations"));
  }
}
