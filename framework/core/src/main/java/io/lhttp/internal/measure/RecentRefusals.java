package io.lhttp.internal.measure;

import io.lhttp.Connection;
import io.lhttp.chain.LinkStatistics.Refused;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The clients that one link refused last. A client that is refused again keeps one place, so that a
 * flood of its refusals hides no other client. All threads may use it.
 */
final class RecentRefusals {
  private static final int PLACES = 16;

  /** Newest first. Guarded by this object's lock. */
  private final @Nullable Entry[] entries = new @Nullable Entry[PLACES];

  void add(Connection connection, String command, int status, String reason) {
    var address = connection.handshake().remote().getAddress();
    var user = connection.principal().name();
    synchronized (this) {
      var place = 0;
      while (place < PLACES - 1 && !fits(entries[place], address, user, status)) {
        place++;
      }
      var entry = entries[place];
      if (entry == null || !entry.fits(address, user, status)) {
        entry = new Entry(address, user, status);
      }
      System.arraycopy(entries, 0, entries, 1, place);
      entries[0] = entry;
      entry.again(connection.id(), command, reason);
    }
  }

  synchronized List<Refused> list() {
    var list = new ArrayList<Refused>();
    for (var entry : entries) {
      if (entry != null) {
        list.add(entry.shown());
      }
    }
    return list;
  }

  /** Whether this place is free or holds this client. */
  private static boolean fits(
      @Nullable Entry entry, @Nullable InetAddress address, String user, int status) {
    return entry == null || entry.fits(address, user, status);
  }

  /** A refused client, guarded by the list. */
  private static final class Entry {
    private final @Nullable InetAddress address;
    private final String user;
    private final int status;
    private String connection = "";
    private String command = "";
    private String reason = "";
    private long times;
    private long last;

    Entry(@Nullable InetAddress address, String user, int status) {
      this.address = address;
      this.user = user;
      this.status = status;
    }

    boolean fits(@Nullable InetAddress address, String user, int status) {
      return this.status == status
          && (this.address == null ? address == null : this.address.equals(address))
          && this.user.equals(user);
    }

    void again(String connection, String command, String reason) {
      this.connection = connection;
      this.command = command;
      this.reason = reason;
      times++;
      last = System.currentTimeMillis();
    }

    Refused shown() {
      return new Refused(
          connection,
          user,
          address == null ? "" : address.getHostAddress(),
          command,
          status,
          reason,
          times,
          Instant.ofEpochMilli(last));
    }
  }
}
