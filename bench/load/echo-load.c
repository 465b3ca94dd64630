/*
 * Load for the echo benchmarks: N connections, each with `depth` messages of `size` bytes under way; every byte that
 * comes back is compared with what was sent. Prints one JSON object.
 *
 *   echo-load --port P [--connections N] [--size BYTES] [--depth D] [--warmup SECONDS] [--seconds SECONDS]
 *             [--server-pid PID] [--idle SECONDS] [--messages COUNT]
 *
 * With --messages the run is not timed: after --idle seconds of silence each connection echoes COUNT messages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A prime, so that a lost or doubled piece of any usual size shifts the pattern and is seen. */
#define PATTERN_PERIOD 65521
/* The most that one send or one receive moves, in bytes. */
#define CHUNK 262144
#define EVENTS 512
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
} Connection;

static long connections = 64, size = 64, depth = 1, messages = 0;
static double warmupSeconds = 1, seconds = 2, idleSeconds = 0;
static int port = 0;
static pid_t serverPid = 0;

static unsigned char pattern[PATTERN_PERIOD + CHUNK];
static unsigned char inbox[CHUNK];
static Connection *all;
static int poller;
static uint64_t errors, broken, measured, calls;
static int measuring, refilling;

static int64_t nowNs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t clockNs(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) return -1;
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what) {
  fprintf(stderr, "echo-load: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* Histogram of latencies in ns: per power of two 128 equal steps, so that no figure is off by more than 0.8 %. */
#define SUB_BITS 7
#define SUB (1 << SUB_BITS)
static uint64_t histogram[64 * SUB];
static int64_t slowest;

static int bucketOf(uint64_t value) {
  if (value < SUB) return (int)value;
  int shift = 63 - __builtin_clzll(value) - SUB_BITS;
  return (shift + 1) * SUB + (int)((value >> shift) - SUB);
}

static double bucketMiddle(int bucket) {
  if (bucket < SUB) return bucket;
  int shift = bucket / SUB - 1;
  double low = (double)((uint64_t)(SUB + bucket % SUB) << shift);
  return low + (double)(1ULL << shift) / 2;
}

static void record(int64_t ns) {
  if (ns < 0) ns = 0;
  histogram[bucketOf((uint64_t)ns)]++;
  if (ns > slowest) slowest = ns;
  measured++;
}

static double percentileUs(double part) {
  uint64_t rank = (uint64_t)(part * (double)measured), seen = 0;
  for (int i = 0; i < 64 * SUB; i++) {
    seen += histogram[i];
    if (seen > rank) return bucketMiddle(i) / 1000;
  }
  return (double)slowest / 1000;
}

static void watch(Connection *c, int operation, int write) {
  struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0), .data = {.ptr = c}};
  if (epoll_ctl(poller, operation, c->fd, &event) != 0) die("epoll_ctl");
  c->wantsWrite = write;
}

static void breakConnection(Connection *c, const char *why) {
  if (errors + broken < 5) fprintf(stderr, "echo-load: connection %ld: %s\n", (long)(c - all), why);
  c->broken = 1;
  broken++;
  epoll_ctl(poller, EPOLL_CTL_DEL, c->fd, NULL);
}

static void push(Connection *c) {
  while (c->sent < c->queued) {
    uint64_t left = c->queued - c->sent;
    size_t length = left < CHUNK ? left : CHUNK;
    calls++;
    ssize_t n = send(c->fd, pattern + (c->sent + c->phase) % PATTERN_PERIOD, length, MSG_NOSIGNAL);
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
  ssize_t n = recv(c->fd, inbox, CHUNK, 0);
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
    if (!c->broken && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) pull(c);
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
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int one = 1;
  for (long i = 0; i < connections; i++) {
    Connection *c = &all[i];
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket");
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
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

static void options(int count, char **words) {
  for (int i = 1; i + 1 < count; i += 2) {
    const char *name = words[i], *value = words[i + 1];
    if (strcmp(name, "--port") == 0) port = atoi(value);
    else if (strcmp(name, "--connections") == 0) connections = atol(value);
    else if (strcmp(name, "--size") == 0) size = atol(value);
    else if (strcmp(name, "--depth") == 0) depth = atol(value);
    else if (strcmp(name, "--warmup") == 0) warmupSeconds = atof(value);
    else if (strcmp(name, "--seconds") == 0) seconds = atof(value);
    else if (strcmp(name, "--server-pid") == 0) serverPid = atoi(value);
    else if (strcmp(name, "--idle") == 0) idleSeconds = atof(value);
    else if (strcmp(name, "--messages") == 0) messages = atol(value);
    else {
      fprintf(stderr, "echo-load: unknown option %s\n", name);
      exit(2);
    }
  }
  if (port <= 0 || connections < 1 || size < 1 || depth < 1) {
    fprintf(stderr, "echo-load: --port, and positive --connections, --size and --depth are needed\n");
    exit(2);
  }
}

int main(int count, char **words) {
  options(count, words);
  for (size_t i = 0; i < sizeof pattern; i++) {
    uint32_t x = (uint32_t)(i % PATTERN_PERIOD) * 2654435761u;
    pattern[i] = (unsigned char)(x >> 24);
  }
  clockid_t serverClock = CLOCK_MONOTONIC;
  if (serverPid > 0 && clock_getcpuclockid(serverPid, &serverClock) != 0) die("no such server process");
  all = calloc((size_t)connections, sizeof(Connection));
  poller = epoll_create1(EPOLL_CLOEXEC);
  int64_t connectFrom = nowNs();
  connectAll();
  int64_t connectNs = nowNs() - connectFrom;

  if (idleSeconds > 0) runUntil(nowNs() + SETTLE_NS);
  int64_t idleCpu = serverPid > 0 ? clockNs(serverClock) : 0;
  if (idleSeconds > 0) runUntil(nowNs() + (int64_t)(idleSeconds * 1e9));
  if (serverPid > 0) idleCpu = clockNs(serverClock) - idleCpu;
  long idleKb = residentKb(serverPid);

  refilling = 1;
  if (messages > 0) measuring = 1;
  int64_t from = nowNs();
  for (long i = 0; i < connections; i++) {
    long first = messages > 0 && messages < depth ? messages : depth;
    if (!all[i].broken) start(&all[i], first, nowNs());
  }
  if (messages == 0) {
    runUntil(from + (int64_t)(warmupSeconds * 1e9));
    measuring = 1;
    from = nowNs();
  }
  uint64_t callsFrom = calls;
  int64_t serverFrom = serverPid > 0 ? clockNs(serverClock) : 0, ownFrom = clockNs(CLOCK_PROCESS_CPUTIME_ID);
  if (messages == 0) runUntil(from + (int64_t)(seconds * 1e9));
  else drain();
  int64_t wall = nowNs() - from, own = clockNs(CLOCK_PROCESS_CPUTIME_ID) - ownFrom;
  int64_t server = serverPid > 0 ? clockNs(serverClock) - serverFrom : 0;
  uint64_t callsMade = calls - callsFrom;
  measuring = 0;
  refilling = 0;
  drain();
  uint64_t missing = missingBytes();

  double m = measured > 0 ? (double)measured : 1;
  printf("{\"connections\":%ld,\"size\":%ld,\"depth\":%ld,\"messages\":%llu,\"seconds\":%.6f,\"messagesPerSecond\":%.1f,"
         "\"megabytesPerSecond\":%.3f,\"p50Us\":%.2f,\"p99Us\":%.2f,\"p999Us\":%.2f,\"maxUs\":%.2f,"
         "\"serverCpuUsPerMessage\":%.4f,\"serverCpu\":%.4f,\"loadCpuUsPerMessage\":%.4f,\"loadCpu\":%.4f,"
         "\"loadCallsPerMessage\":%.3f,\"connectSeconds\":%.4f,\"idleServerCpuSeconds\":%.6f,\"idleServerKb\":%ld,"
         "\"changed\":%llu,\"broken\":%llu,\"missingBytes\":%llu}\n",
         connections, size, depth, (unsigned long long)measured, wall / 1e9, measured / (wall / 1e9),
         measured * (double)size / (wall / 1e9) / 1e6, percentileUs(0.5), percentileUs(0.99), percentileUs(0.999),
         slowest / 1e3, server / 1e3 / m, (double)server / wall, own / 1e3 / m, (double)own / wall,
         callsMade / m, connectNs / 1e9, idleCpu / 1e9, idleKb, (unsigned long long)errors,
         (unsigned long long)broken, (unsigned long long)missing);
  return errors + broken + missing > 0 ? 3 : 0;
}
