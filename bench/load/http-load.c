/*
 * Load for the HTTP benchmark: N keep-alive connections, on each `depth` requests under way (1: no pipelining). Each
 * answer must be a 200 with a content-length and the body below.
 *
 *   http-load --port P [--connections N] [--depth D] [--warmup SECONDS] [--seconds SECONDS] [--server-pid PID]
 */
#include "common.h"

#define BODY "Hello, world!\n"
#define INBOX 65536

typedef struct {
  int fd;
  int broken;
  size_t filled;
  uint64_t started, answered;
  int64_t *startedAt;
  char inbox[INBOX + 1];
} Connection;

static Connection *all;
static char request[256], *requests;
static size_t requestLength;

static void breakConnection(Connection *c, const char *why) {
  if (broken < 5) fprintf(stderr, "load: connection %ld: %s: %.200s\n", (long)(c - all), why, c->inbox);
  c->broken = 1;
  broken++;
  epoll_ctl(poller, EPOLL_CTL_DEL, c->fd, NULL);
}

/* A few hundred bytes into a socket that is read all the time: they always fit. */
static void ask(Connection *c, long howMany) {
  int64_t now = nowNs();
  for (long i = 0; i < howMany; i++) c->startedAt[c->started++ % (uint64_t)depth] = now;
  size_t length = requestLength * (size_t)howMany;
  calls++;
  if (send(c->fd, requests, length, MSG_NOSIGNAL) != (ssize_t)length) breakConnection(c, "send");
}

/* How long the answer at the beginning of `text` is; 0: not complete, -1: not what it should be. */
static long answerLength(const char *text, size_t length) {
  const char *end = memmem(text, length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  if (length < 15 || memcmp(text, "HTTP/1.1 200 OK", 15) != 0) return -1;
  const char *field = strcasestr(text, "\r\ncontent-length:");
  if (field == NULL || field > end) return -1;
  size_t body = (size_t)atol(field + 17), whole = (size_t)(end + 4 - text) + body;
  if (body != sizeof BODY - 1) return -1;
  if (whole > length) return 0;
  return memcmp(end + 4, BODY, body) == 0 ? (long)whole : -1;
}

static void receive1(Connection *c) {
  calls++;
  ssize_t n = recv(c->fd, c->inbox + c->filled, INBOX - c->filled, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    breakConnection(c, n == 0 ? "closed by the server" : strerror(errno));
    return;
  }
  c->filled += (size_t)n;
  c->inbox[c->filled] = 0;
  size_t from = 0;
  long length, answers = 0;
  int64_t now = nowNs();
  while ((length = answerLength(c->inbox + from, c->filled - from)) > 0) {
    from += (size_t)length;
    if (measuring) record(now - c->startedAt[c->answered % (uint64_t)depth]);
    c->answered++;
    answers++;
  }
  if (length < 0 || c->answered > c->started) {
    errors++;
    breakConnection(c, "not the answer that was expected");
    return;
  }
  memmove(c->inbox, c->inbox + from, c->filled - from);
  c->filled -= from;
  if (answers > 0) ask(c, answers);
}

static void runUntil(int64_t until) {
  struct epoll_event events[EVENTS];
  while (nowNs() < until && broken < (uint64_t)connections) {
    calls++;
    int n = epoll_wait(poller, events, EVENTS, (int)((until - nowNs()) / 1000000) + 1);
    if (n < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < n; i++) {
      Connection *c = events[i].data.ptr;
      if (!c->broken) receive1(c);
    }
  }
}

int main(int count, char **words) {
  options(count, words);
  const char *form = "GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: http-load\r\nAccept: */*\r\n\r\n";
  requestLength = (size_t)snprintf(request, sizeof request, form, port);
  requests = malloc(requestLength * (size_t)depth);
  for (long i = 0; i < depth; i++) memcpy(requests + requestLength * (size_t)i, request, requestLength);
  size = (long)requestLength;
  all = calloc((size_t)connections, sizeof(Connection));
  poller = epoll_create1(EPOLL_CLOEXEC);
  for (long i = 0; i < connections; i++) {
    Connection *c = &all[i];
    c->fd = connectTcp();
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    c->startedAt = calloc((size_t)depth, sizeof(int64_t));
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = c}};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) != 0) die("epoll_ctl");
    ask(c, depth);
  }
  runUntil(nowNs() + (int64_t)(warmupSeconds * 1e9));
  beginWindow();
  runUntil(nowNs() + (int64_t)(seconds * 1e9));
  endWindow();
  return printFigures("");
}
