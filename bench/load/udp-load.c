/*
 * Load for the UDP echo: N sockets, on each `depth` datagrams of `size` bytes under way, each with its number and a
 * pattern that is compared. A socket that has heard nothing for a while gives its datagrams up as lost and begins anew.
 *
 *   udp-load --port P [--connections N] [--size BYTES] [--depth D] [--warmup SECONDS] [--seconds SECONDS] [--server-pid PID]
 */
#include "common.h"

#define LARGEST 65507
#define LOST_AFTER_NS 250000000LL

typedef struct {
  int fd;
  uint64_t next;    /* number of the next datagram */
  uint64_t oldest;  /* what is below is answered or lost */
  uint64_t inFlight;
  int64_t heardAt;
  int64_t *startedAt; /* by number modulo `depth` * 2 */
} Endpoint;

static unsigned char outbox[LARGEST], inbox[LARGEST];
static Endpoint *all;
static uint64_t lost, strange;

static void send1(Endpoint *e) {
  memcpy(outbox, &e->next, sizeof e->next);
  calls++;
  ssize_t n = send(e->fd, outbox, (size_t)size, 0);
  if (n < 0 && errno != ECONNREFUSED) die("send");
  e->startedAt[e->next % (uint64_t)(depth * 2)] = nowNs();
  e->next++;
  e->inFlight++;
}

static void receiveAll(Endpoint *e) {
  for (long i = 0; i < depth; i++) {
    calls++;
    ssize_t n = recv(e->fd, inbox, sizeof inbox, 0);
    if (n < 0) return;
    uint64_t number;
    memcpy(&number, inbox, sizeof number);
    if (n != size || memcmp(inbox + 8, outbox + 8, (size_t)size - 8) != 0 || number >= e->next) {
      errors++;
      continue;
    }
    /* Given up before: it came too late. */
    if (number < e->oldest) {
      strange++;
      continue;
    }
    int64_t now = nowNs();
    e->heardAt = now;
    if (measuring) record(now - e->startedAt[number % (uint64_t)(depth * 2)]);
    e->inFlight--;
    send1(e);
    if (depth == 1) return;
  }
}

static void restart(Endpoint *e, int64_t now) {
  lost += e->inFlight;
  e->oldest = e->next;
  e->inFlight = 0;
  e->heardAt = now;
  for (long k = 0; k < depth; k++) send1(e);
}

static void runUntil(int64_t until) {
  struct epoll_event events[EVENTS];
  int64_t look = nowNs() + LOST_AFTER_NS;
  for (;;) {
    int64_t now = nowNs();
    if (now >= until) return;
    calls++;
    int n = epoll_wait(poller, events, EVENTS, 20);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < n; i++) receiveAll(events[i].data.ptr);
    if (now < look) continue;
    look = now + LOST_AFTER_NS;
    for (long i = 0; i < connections; i++)
      if (all[i].heardAt + LOST_AFTER_NS < now) restart(&all[i], now);
  }
}

int main(int count, char **words) {
  options(count, words);
  if (size < 16 || size > LARGEST) {
    fprintf(stderr, "load: --size from 16 to %d\n", LARGEST);
    return 2;
  }
  for (long i = 0; i < size; i++) outbox[i] = (unsigned char)(i * 131 + 7);
  struct sockaddr_in address = serverAddress();
  all = calloc((size_t)connections, sizeof(Endpoint));
  poller = epoll_create1(EPOLL_CLOEXEC);
  for (long i = 0; i < connections; i++) {
    Endpoint *e = &all[i];
    e->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (e->fd < 0 || connect(e->fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
    e->startedAt = calloc((size_t)depth * 2, sizeof(int64_t));
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = e}};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, e->fd, &event) != 0) die("epoll_ctl");
    restart(e, nowNs());
  }
  runUntil(nowNs() + (int64_t)(warmupSeconds * 1e9));
  beginWindow();
  uint64_t lostFrom = lost;
  runUntil(nowNs() + (int64_t)(seconds * 1e9));
  endWindow();
  char more[80];
  snprintf(more, sizeof more, ",\"lost\":%llu,\"late\":%llu", (unsigned long long)(lost - lostFrom), (unsigned long long)strange);
  return printFigures(more);
}
