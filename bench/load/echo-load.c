/*
 * Load for the echo benchmarks: N connections, each with `depth` messages of `size` bytes under way; every byte that
 * comes back is compared with what was sent. Prints one JSON object.
 *
 *   echo-load --port P [--connections N] [--size BYTES] [--depth D] [--warmup SECONDS] [--seconds SECONDS]
 *             [--server-pid PID] [--idle SECONDS] [--messages COUNT]
 *
 * Compiled with -DTLS it speaks TLS.
 *
 * With --messages the run is not timed: after --idle seconds of silence each connection echoes COUNT messages.
 */
#include "common.h"

/* A prime, so that a lost or doubled piece of any usual size shifts the pattern and is seen. */
#define PATTERN_PERIOD 65521
/* The most that one send or one receive moves, in bytes. */
#define CHUNK 262144
/* After the measured time, how long the answers still under way are waited for, in nanoseconds. */
#define DRAIN_NS 5000000000LL
/* For the last connections to be accepted, before silence is measured, in nanoseconds. */
#define SETTLE_NS 1000000000LL

typedef struct {
  int fd;
  int wantsWrite;
  uint64_t queued; /* bytes that are to be sent, ever */
  uint64_t sent;
  uint64_t received;
  uint64_t answered; /* whole messages that came back */
  uint64_t started;
  int64_t *startedAt; /* ring of `depth` times */
  uint32_t phase;
  int broken;
  void *tls;
} Connection;

static unsigned char pattern[PATTERN_PERIOD + CHUNK];
static unsigned char inbox[CHUNK];
static Connection *all;
static int refilling;

#ifdef TLS
#include "echo-tls.h"
#else
static void secure(Connection *c) { c->tls = NULL; }
static ssize_t sendBytes(Connection *c, const void *bytes, size_t length) { return send(c->fd, bytes, length, MSG_NOSIGNAL); }
static ssize_t receiveBytes(Connection *c) { return recv(c->fd, inbox, CHUNK, 0); }
static int moreToReceive(Connection *c) { return c->tls != NULL; }
#endif

static void watch(Connection *c, int operation, int write) {
  struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0), .data = {.ptr = c}};
  if (epoll_ctl(poller, operation, c->fd, &event) != 0) die("epoll_ctl");
  c->wantsWrite = write;
}

static void breakConnection(Connection *c, const char *why) {
  if (errors + broken < 5) fprintf(stderr, "load: connection %ld: %s\n", (long)(c - all), why);
  c->broken = 1;
  broken++;
  epoll_ctl(poller, EPOLL_CTL_DEL, c->fd, NULL);
}

static void push(Connection *c) {
  while (c->sent < c->queued) {
    uint64_t left = c->queued - c->sent;
    size_t length = left < CHUNK ? left : CHUNK;
    calls++;
    ssize_t n = sendBytes(c, pattern + (c->sent + c->phase) % PATTERN_PERIOD, length);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) {
        breakConnection(c, strerror(errno));
        return;
      }
      break;
    }
    c->sent += (uint64_t)n;
    if ((size_t)n < length) break;
  }
  int blocked = c->sent < c->queued;
  if (blocked != c->wantsWrite) watch(c, EPOLL_CTL_MOD, blocked);
}

static void start(Connection *c, long count, int64_t now) {
  for (long i = 0; i < count; i++) c->startedAt[c->started++ % (uint64_t)depth] = now;
  c->queued += (uint64_t)count * (uint64_t)size;
  push(c);
}

/* Another message for each one that has come back. */
static void refill(Connection *c, uint64_t finished, int64_t now) {
  if (messages > 0) {
    uint64_t left = (uint64_t)messages - c->started;
    if (finished > left) finished = left;
  }
  if (refilling && finished > 0) start(c, (long)finished, now);
}

static void pull(Connection *c) {
  calls++;
  ssize_t n = receiveBytes(c);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) breakConnection(c, strerror(errno));
    return;
  }
  if (n == 0) {
    breakConnection(c, "closed by the server");
    return;
  }
  if (c->received + (uint64_t)n > c->sent) {
    breakConnection(c, "more came back than was sent");
    return;
  }
  if (memcmp(inbox, pattern + (c->received + c->phase) % PATTERN_PERIOD, (size_t)n) != 0) {
    errors++;
    breakConnection(c, "came back changed");
    return;
  }
  c->received += (uint64_t)n;
  uint64_t whole = c->received / (uint64_t)size, finished = whole - c->answered;
  if (finished == 0) return;
  int64_t now = nowNs();
  for (; c->answered < whole; c->answered++)
    if (measuring) record(now - c->startedAt[c->answered % (uint64_t)depth]);
  refill(c, finished, now);
}

static void serveEvents(int64_t until) {
  struct epoll_event events[EVENTS];
  int64_t left = until - nowNs();
  calls++;
  int n = epoll_wait(poller, events, EVENTS, left > 0 ? (int)(left / 1000000) + 1 : 0);
  if (n < 0 && errno != EINTR) die("epoll_wait");
  for (int i = 0; i < n; i++) {
    Connection *c = events[i].data.ptr;
    if (!c->broken && (events[i].events & EPOLLOUT)) push(c);
    if (c->broken || !(events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
    do pull(c);
    while (!c->broken && moreToReceive(c));
  }
}

static void runUntil(int64_t until) {
  while (nowNs() < until && broken < (uint64_t)connections) serveEvents(until);
}

static uint64_t missingBytes(void) {
  uint64_t missing = 0;
  for (long i = 0; i < connections; i++) missing += all[i].queued - all[i].received;
  return missing;
}

static void drain(void) {
  int64_t until = nowNs() + DRAIN_NS;
  while (nowNs() < until) {
    uint64_t waiting = 0;
    for (long i = 0; i < connections; i++) waiting += !all[i].broken && all[i].received < all[i].queued;
    if (waiting == 0) return;
    serveEvents(nowNs() + 10000000);
  }
}

static void connectAll(void) {
  for (long i = 0; i < connections; i++) {
    Connection *c = &all[i];
    c->fd = connectTcp();
    secure(c);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    c->phase = (uint32_t)((uint64_t)i * 7919 % PATTERN_PERIOD);
    c->startedAt = calloc((size_t)depth, sizeof(int64_t));
    watch(c, EPOLL_CTL_ADD, 0);
  }
}

static long residentKb(pid_t pid) {
  char path[64], line[256];
  long kb = -1;
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *file = pid > 0 ? fopen(path, "r") : NULL;
  if (file == NULL) return -1;
  while (fgets(line, sizeof line, file) != NULL)
    if (sscanf(line, "VmRSS: %ld", &kb) == 1) break;
  fclose(file);
  return kb;
}

int main(int count, char **words) {
  options(count, words);
  for (size_t i = 0; i < sizeof pattern; i++) {
    uint32_t x = (uint32_t)(i % PATTERN_PERIOD) * 2654435761u;
    pattern[i] = (unsigned char)(x >> 24);
  }
  all = calloc((size_t)connections, sizeof(Connection));
  poller = epoll_create1(EPOLL_CLOEXEC);
  int64_t connectFrom = nowNs();
  connectAll();
  int64_t connectNs = nowNs() - connectFrom;

  if (idleSeconds > 0) runUntil(nowNs() + SETTLE_NS);
  int64_t idleCpu = serverNs();
  if (idleSeconds > 0) runUntil(nowNs() + (int64_t)(idleSeconds * 1e9));
  idleCpu = serverNs() - idleCpu;
  long idleKb = residentKb(serverPid);

  refilling = 1;
  if (messages > 0) beginWindow();
  for (long i = 0; i < connections; i++) {
    long first = messages > 0 && messages < depth ? messages : depth;
    if (!all[i].broken) start(&all[i], first, nowNs());
  }
  if (messages == 0) {
    runUntil(nowNs() + (int64_t)(warmupSeconds * 1e9));
    beginWindow();
    runUntil(nowNs() + (int64_t)(seconds * 1e9));
  } else {
    drain();
  }
  endWindow();
  refilling = 0;
  drain();
  missing = missingBytes();

  char more[200];
  snprintf(more, sizeof more, ",\"connectSeconds\":%.4f,\"idleServerCpuSeconds\":%.6f,\"idleServerKb\":%ld",
           connectNs / 1e9, idleCpu / 1e9, idleKb);
  return printFigures(more);
}
