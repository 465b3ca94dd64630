/* What every load generator needs: clocks, a histogram of latencies, the measured window, options, the printed figures. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 512

static long connections = 64, size = 64, depth = 1, messages = 0;
static double warmupSeconds = 1, seconds = 2, idleSeconds = 0;
static int port = 0;
static pid_t serverPid = 0;
static int poller;
/* `broken` counts connections, `errors` answers that were not what they should be. */
static uint64_t errors, broken, missing, measured, calls;
static int measuring;

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
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
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

static struct sockaddr_in serverAddress(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

__attribute__((unused)) static int connectTcp(void) {
  struct sockaddr_in address = serverAddress();
  int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
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
      fprintf(stderr, "load: unknown option %s\n", name);
      exit(2);
    }
  }
  if (port <= 0 || connections < 1 || size < 1 || depth < 1) {
    fprintf(stderr, "load: --port, and positive --connections, --size and --depth are needed\n");
    exit(2);
  }
}

/* The server's CPU time so far; 0 when it is not known which process that is. */
static int64_t serverNs(void) {
  static clockid_t clock;
  static int known = 0;
  if (serverPid <= 0) return 0;
  if (!known && clock_getcpuclockid(serverPid, &clock) != 0) die("no such server process");
  known = 1;
  return clockNs(clock);
}

static struct {
  int64_t wall, own, server;
  uint64_t calls;
} window;

static void beginWindow(void) {
  measuring = 1;
  window.calls = calls;
  window.server = serverNs();
  window.own = clockNs(CLOCK_PROCESS_CPUTIME_ID);
  window.wall = nowNs();
}

static void endWindow(void) {
  window.wall = nowNs() - window.wall;
  window.own = clockNs(CLOCK_PROCESS_CPUTIME_ID) - window.own;
  window.server = serverNs() - window.server;
  window.calls = calls - window.calls;
  measuring = 0;
}

/* One JSON object; `more` is further members, or empty. The exit code is 3 when anything went wrong. */
static int printFigures(const char *more) {
  double m = measured > 0 ? (double)measured : 1, wall = window.wall / 1e9;
  printf("{\"connections\":%ld,\"size\":%ld,\"depth\":%ld,\"messages\":%llu,\"seconds\":%.6f,"
         "\"messagesPerSecond\":%.1f,\"megabytesPerSecond\":%.3f,"
         "\"p50Us\":%.2f,\"p99Us\":%.2f,\"p999Us\":%.2f,\"maxUs\":%.2f,"
         "\"serverCpuUsPerMessage\":%.4f,\"serverCpu\":%.4f,\"loadCpuUsPerMessage\":%.4f,\"loadCpu\":%.4f,"
         "\"loadCallsPerMessage\":%.3f,\"changed\":%llu,\"broken\":%llu,\"missingBytes\":%llu%s}\n",
         connections, size, depth, (unsigned long long)measured, wall, measured / wall,
         measured * (double)size / wall / 1e6, percentileUs(0.5), percentileUs(0.99), percentileUs(0.999),
         slowest / 1e3, window.server / 1e3 / m, window.server / 1e9 / wall, window.own / 1e3 / m,
         window.own / 1e9 / wall, window.calls / m, (unsigned long long)errors, (unsigned long long)broken,
         (unsigned long long)missing, more);
  return errors + broken + missing > 0 ? 3 : 0;
}
