/*
 * Load for the accept storm: N connections at a time; each is opened, echoes one message, and is closed in order; then
 * the next. A "message" of the figures is one such connection, its latency the time from connect to the echo.
 *
 *   accept-load --port P [--connections N] [--size BYTES] [--warmup SECONDS] [--seconds SECONDS] [--server-pid PID]
 */
#include "common.h"

/* Own addresses, 127.0.0.2 and up: each has some 28,000 ports, and a closed connection keeps its own for a minute. */
#define OWN_ADDRESSES 64
#define LARGEST 65536

typedef struct {
  int fd;
  int connected;
  long received;
  int64_t startedAt;
} Slot;

static unsigned char message[LARGEST], inbox[LARGEST];
static Slot *slots;
static int running = 1;
static unsigned opened;

static void open1(Slot *slot) {
  struct sockaddr_in address = serverAddress(), own = {.sin_family = AF_INET};
  int one = 1;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + opened++ % OWN_ADDRESSES);
  slot->startedAt = nowNs();
  slot->connected = 0;
  slot->received = 0;
  slot->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (slot->fd < 0) die("socket");
  setsockopt(slot->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  setsockopt(slot->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (bind(slot->fd, (struct sockaddr *)&own, sizeof own) != 0) die("bind");
  calls += 3;
  if (connect(slot->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) die("connect");
  struct epoll_event event = {.events = EPOLLOUT, .data = {.ptr = slot}};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, slot->fd, &event) != 0) die("epoll_ctl");
}

static void finish(Slot *slot, int good) {
  if (good && measuring) record(nowNs() - slot->startedAt);
  if (!good) broken++;
  calls++;
  close(slot->fd);
  slot->fd = -1;
  if (running) open1(slot);
}

static void send1(Slot *slot) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = slot}};
  slot->connected = 1;
  calls += 2;
  if (send(slot->fd, message, (size_t)size, MSG_NOSIGNAL) != size) {
    if (broken < 5) fprintf(stderr, "load: send: %s\n", strerror(errno));
    finish(slot, 0);
    return;
  }
  epoll_ctl(poller, EPOLL_CTL_MOD, slot->fd, &event);
}

static void receive1(Slot *slot) {
  calls++;
  ssize_t n = recv(slot->fd, inbox, sizeof inbox, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0 || slot->received + n > size || memcmp(inbox, message + slot->received, (size_t)n) != 0) {
    if (broken < 5) fprintf(stderr, "load: echo: %s\n", n < 0 ? strerror(errno) : n == 0 ? "closed" : "changed");
    finish(slot, 0);
    return;
  }
  slot->received += n;
  if (slot->received == size) finish(slot, 1);
}

static void runUntil(int64_t until) {
  struct epoll_event events[EVENTS];
  while (nowNs() < until) {
    calls++;
    int n = epoll_wait(poller, events, EVENTS, (int)((until - nowNs()) / 1000000) + 1);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < n; i++) {
      Slot *slot = events[i].data.ptr;
      if (!slot->connected) send1(slot);
      else receive1(slot);
    }
  }
}

int main(int count, char **words) {
  options(count, words);
  if (size > LARGEST) die("--size is too large");
  for (long i = 0; i < size; i++) message[i] = (unsigned char)(i * 131 + 7);
  slots = calloc((size_t)connections, sizeof(Slot));
  poller = epoll_create1(EPOLL_CLOEXEC);
  for (long i = 0; i < connections; i++) open1(&slots[i]);
  runUntil(nowNs() + (int64_t)(warmupSeconds * 1e9));
  beginWindow();
  runUntil(nowNs() + (int64_t)(seconds * 1e9));
  endWindow();
  running = 0;
  return printFigures("");
}
