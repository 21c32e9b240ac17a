// The kernel's part of each mode: epoll, recv and send on one thread, with answers that are made once. It looks at the
// headers of frames alone, and answers the fixed key of the load. It is no server for other clients.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 65536, EVENTS = 1024, READ = 512 * 1024, KEPT = 4096, ANSWERS = 256 * 1024, KIND_AT = 16 };

// A stream of equal frames.
struct answer {
  int length;
  int total;
  char frames[ANSWERS];
};

struct connection {
  struct answer *answer; // the frames that it gets; NULL before the first one
  long owed;             // bytes that the socket has not taken yet
  int phase;             // bytes of the next frame that the socket has taken
  int open;              // whether the handshake is over
  int subscribed;        // its place among the subscribers, from 1 on
  int due;               // whether it is to be written to at the end of this turn
  int waits;             // whether epoll tells when the socket takes more
  int kept;              // bytes of an incomplete frame
  char rest[KEPT];
};

static struct connection *connections[CONNECTIONS];
static int subscribers[CONNECTIONS], subscriberCount;
static int due[CONNECTIONS], dueCount;
static struct answer echo, publication;
static char in[KEPT + READ];
static int poll_;

static const char ACCEPT[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void leave(int fd) {
  struct connection *c = connections[fd];
  if (c->subscribed) {
    int last = subscribers[--subscriberCount];
    subscribers[c->subscribed - 1] = last;
    connections[last]->subscribed = c->subscribed;
  }
  connections[fd] = NULL;
  free(c);
  close(fd);
}

static void watch(int fd, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  epoll_ctl(poll_, operation, fd, &event);
}

static void owe(int fd, struct answer *answer, long frames) {
  struct connection *c = connections[fd];
  c->answer = answer;
  c->owed += frames * answer->length;
  if (!c->due) {
    c->due = 1;
    due[dueCount++] = fd;
  }
}

static void pay(int fd) {
  struct connection *c = connections[fd];
  while (c && c->owed > 0) {
    struct answer *a = c->answer;
    long most = a->total - c->phase;
    ssize_t sent = send(fd, a->frames + c->phase, c->owed < most ? c->owed : most, MSG_NOSIGNAL);
    if (sent < 0) {
      break;
    }
    c->owed -= sent;
    c->phase = (int)((c->phase + sent) % a->length);
  }
  if (c && (c->owed > 0) != c->waits) {
    c->waits = c->owed > 0;
    watch(fd, EPOLL_CTL_MOD, c->waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
}

// Makes the unmasked frame of a payload.
static int unmask(const unsigned char *payload, const unsigned char *key, int length, char *to) {
  int header = length < 126 ? 2 : 4;
  to[0] = (char)0x81;
  to[1] = (char)(length < 126 ? length : 126);
  if (header == 4) {
    to[2] = (char)(length >> 8);
    to[3] = (char)length;
  }
  for (int i = 0; i < length; i++) {
    to[header + i] = (char)(payload[i] ^ key[i & 3]);
  }
  return header + length;
}

static void prepare(struct answer *answer, const unsigned char *payload, const unsigned char *key, int length) {
  if (answer->length == 0) {
    answer->length = unmask(payload, key, length, answer->frames);
    for (answer->total = answer->length; answer->total + answer->length <= ANSWERS; answer->total += answer->length) {
      memcpy(answer->frames + answer->total, answer->frames, answer->length);
    }
  }
}

// Counts the frames of a socket; returns the number of bytes that they have.
static int frames(int fd, const unsigned char *bytes, int count) {
  int at = 0;
  long echoes = 0, publications = 0;
  while (count - at >= 8) {
    int length = bytes[at + 1] & 0x7f;
    int header = 2;
    if (length == 126) {
      length = bytes[at + 2] << 8 | bytes[at + 3];
      header = 4;
    }
    if (count - at < header + 4 + length) {
      break;
    }
    const unsigned char *key = bytes + at + header;
    const unsigned char *payload = key + 4;
    at += header + 4 + length;
    int kind = length > KIND_AT ? payload[KIND_AT] ^ key[KIND_AT & 3] : 0;
    if (kind == 'p') {
      prepare(&publication, payload, key, length);
      publications++;
    } else if (kind == 's') {
      static char reply[KEPT];
      if (send(fd, reply, unmask(payload, key, length, reply), MSG_NOSIGNAL) < 0) {
        break;
      }
      subscribers[subscriberCount++] = fd;
      connections[fd]->subscribed = subscriberCount;
    } else {
      prepare(&echo, payload, key, length);
      echoes++;
    }
  }
  if (echoes > 0) {
    owe(fd, &echo, echoes);
  }
  for (int i = 0; publications > 0 && i < subscriberCount; i++) {
    owe(subscribers[i], &publication, publications);
  }
  return at;
}

static void take(int fd) {
  struct connection *c = connections[fd];
  memcpy(in, c->rest, c->kept);
  ssize_t got = recv(fd, in + c->kept, READ, 0);
  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) {
      leave(fd);
    }
    return;
  }
  int count = c->kept + (int)got;
  int used = 0;
  if (c->open) {
    used = frames(fd, (unsigned char *)in, count);
  } else if (memmem(in, count, "\r\n\r\n", 4)) {
    c->open = 1;
    used = count;
    if (send(fd, ACCEPT, sizeof ACCEPT - 1, MSG_NOSIGNAL) < 0) {
      leave(fd);
      return;
    }
  }
  c->kept = count - used;
  if (c->kept > KEPT) {
    leave(fd);
    return;
  }
  memcpy(c->rest, in + used, c->kept);
}

static void admit(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0) {
    return;
  }
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fd >= CONNECTIONS || !(connections[fd] = calloc(1, sizeof(struct connection)))) {
    exit(1);
  }
  watch(fd, EPOLL_CTL_ADD, EPOLLIN);
}

int main(int count, char **words) {
  if (count < 2) {
    return 2;
  }
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  poll_ = epoll_create1(0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
    return 1;
  }
  watch(listener, EPOLL_CTL_ADD, EPOLLIN);
  static struct epoll_event events[EVENTS];
  while (1) {
    int ready = epoll_wait(poll_, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        admit(listener);
        continue;
      }
      if (events[i].events & EPOLLOUT) {
        pay(fd);
      }
      if (events[i].events & ~EPOLLOUT && connections[fd]) {
        take(fd);
      }
    }
    // all frames of a turn leave together
    for (int i = 0; i < dueCount; i++) {
      if (connections[due[i]]) {
        connections[due[i]]->due = 0;
        pay(due[i]);
      }
    }
    dueCount = 0;
  }
}
