package io.lhttp.server.internal.connection;

import io.lhttp.message.Message;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.websocket.Deflate;
import io.lhttp.server.internal.websocket.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The frames that one event loop sends in one turn, and the writers of the sockets that get them. A
 * frame that many sockets share is in the buffer once; each writer remembers its range of bytes.
 *
 * <p>The event loop's context owns it. Confined to the event loop.
 */
final class TurnBuffer {
  private static final int CAPACITY = 128 * 1024;

  /** The length of a frame from which Netty writes it, because Netty copies no bytes. */
  private static final int LONG = 16 * 1024;

  /** The place of the frame that was copied last in one encoding. */
  static final class Place {
    private @Nullable SharedFrame frame;
    int start;
    int end;
  }

  private final Deflate deflate;
  private final Runnable schedule;
  private final ByteBuf bytes;
  private final long address;
  private final List<Place> places = new ArrayList<>();
  private final List<SocketWriter> dirty = new ArrayList<>();
  private boolean writing;

  /**
   * @param schedule lets the event loop call {@link #writeAll} at the end of this turn
   */
  TurnBuffer(Deflate deflate, Runnable schedule) {
    this.deflate = deflate;
    this.schedule = schedule;
    var memory = ByteBuffer.allocateDirect(CAPACITY);
    this.address = Buffer.memoryAddress(memory);
    this.bytes = Unpooled.wrappedBuffer(memory).clear();
    for (var unused : SharedFrame.Encoding.values()) {
      places.add(new Place());
    }
  }

  /** Notes a writer that has something to write, once until it is flushed. */
  void add(SocketWriter writer) {
    if (dirty.isEmpty()) {
      schedule.run();
    }
    dirty.add(writer);
  }

  /** Lets all noted writers write to their sockets, then forgets all frames. */
  void writeAll() {
    writing = true;
    try {
      for (var i = 0; i < dirty.size(); i++) {
        dirty.get(i).flush();
      }
    } finally {
      writing = false;
    }
    dirty.clear();
    bytes.clear();
    for (var place : places) {
      place.frame = null;
    }
  }

  /** The index behind the last byte. */
  int end() {
    return bytes.writerIndex();
  }

  /**
   * Makes room for this number of bytes; if the buffer is full, all writers write first. Returns
   * false if the bytes are too many, or the buffer is full while the writers write.
   */
  boolean reserve(int length) {
    if (length > bytes.writableBytes() && length < LONG && !writing) {
      writeAll();
    }
    return length < LONG && length <= bytes.writableBytes();
  }

  /** Whether the buffer has room for this number of bytes now. */
  boolean fits(int length) {
    return length <= bytes.writableBytes();
  }

  /** Encodes a message at the end; the caller has reserved the room. */
  void put(Message message) {
    Frames.write(bytes, message);
  }

  /** Copies a frame to the end; the caller has reserved the room. */
  void put(ByteBuf frame) {
    bytes.writeBytes(frame);
  }

  /** Copies a range of this buffer to its end; the caller has checked the room. */
  void repeat(int start, int end) {
    bytes.writeBytes(bytes, start, end - start);
  }

  /**
   * Returns the place of a shared frame, copied at its first use in a turn; null if it has none.
   */
  @SuppressWarnings("EnumOrdinal") // an index is cheaper than a map, for each delivery
  @Nullable Place place(SharedFrame frame, SharedFrame.Encoding encoding) {
    var place = places.get(encoding.ordinal());
    if (frame.equals(place.frame)) {
      return place;
    }
    if (!reserve(frame.length(encoding, deflate))) {
      return null;
    }
    place.start = end();
    frame.write(bytes, encoding, deflate);
    place.end = end();
    place.frame = frame;
    return place;
  }

  /** Returns a copy of a range. */
  ByteBuf copy(int start, int end, ByteBufAllocator allocator) {
    return allocator.ioBuffer(end - start).writeBytes(bytes, start, end - start);
  }

  /**
   * Writes a range to a socket; returns the number of bytes that it took.
   *
   * @throws IOException if the socket is closed
   */
  int write(FileDescriptor socket, int start, int end) throws IOException {
    return socket.writeAddress(address, start, end);
  }
}
