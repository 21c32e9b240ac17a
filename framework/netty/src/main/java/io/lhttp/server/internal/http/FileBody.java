package io.lhttp.server.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;

/**
 * The content of a file, which is sent in chunks as the socket takes them. Confined to the
 * connection's event loop.
 */
final class FileBody implements ChunkedInput<ByteBuf> {
  private static final int CHUNK = 64 * 1024;

  private final FileChannel file;
  private final long from;
  private final long size;
  private long sent;

  /**
   * @param from the index of the first byte
   * @param size the number of bytes that the response has announced; reading fails if the file has
   *     become shorter
   */
  FileBody(FileChannel file, long from, long size) {
    this.file = file;
    this.from = from;
    this.size = size;
  }

  @Override
  public boolean isEndOfInput() {
    return sent == size;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  @Override
  @SuppressWarnings("deprecation") // required by the interface
  public ByteBuf readChunk(ChannelHandlerContext context) throws IOException {
    return readChunk(context.alloc());
  }

  @Override
  public ByteBuf readChunk(ByteBufAllocator allocator) throws IOException {
    var chunk = allocator.directBuffer((int) Math.min(CHUNK, size - sent));
    try {
      var read = chunk.writeBytes(file, from + sent, chunk.capacity());
      if (read < 0) {
        throw new EOFException("the file has become shorter while it was sent");
      }
      sent += read;
      return chunk.retain();
    } finally {
      chunk.release();
    }
  }

  @Override
  public long length() {
    return size;
  }

  @Override
  public long progress() {
    return sent;
  }
}
