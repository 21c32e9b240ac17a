package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;

/** The only channel of the floor: a list of members per event loop, used on that loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
final class FloorMembers implements FloorChannel {
  private final List<Members> loops = new ArrayList<>();

  FloorMembers(EventLoopGroup group) {
    group.forEach(loop -> loops.add(new Members(loop)));
  }

  @Override
  public void join(ChannelHandlerContext member) {
    here().contexts.add(member);
  }

  @Override
  public void leave(ChannelHandlerContext member) {
    here().contexts.remove(member);
  }

  /** Passes the frame to every event loop once. */
  @Override
  public void publish(ByteBuf frame) {
    for (var members : loops) {
      frame.retain();
      if (members.loop.inEventLoop()) {
        members.deliver(frame);
      } else {
        members.loop.execute(() -> members.deliver(frame));
      }
    }
    frame.release();
  }

  private Members here() {
    for (var members : loops) {
      if (members.loop.inEventLoop()) {
        return members;
      }
    }
    throw new IllegalStateException("on no event loop of the server");
  }

  private static final class Members {
    final EventExecutor loop;
    final ArrayList<ChannelHandlerContext> contexts = new ArrayList<>();
    private boolean flushing;

    Members(EventExecutor loop) {
      this.loop = loop;
    }

    void deliver(ByteBuf frame) {
      for (var i = 0; i < contexts.size(); i++) {
        var member = contexts.get(i);
        member.write(frame.retainedDuplicate(), member.voidPromise());
      }
      frame.release();
      if (!flushing) {
        flushing = true;
        loop.execute(this::flush);
      }
    }

    /** Runs at the end of the loop's turn, so that several messages are sent in one system call. */
    private void flush() {
      flushing = false;
      for (var i = 0; i < contexts.size(); i++) {
        contexts.get(i).flush();
      }
    }
  }
}
