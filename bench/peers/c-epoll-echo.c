/*
 * The simplest echo server that epoll allows in C: one thread, level-triggered, one receive and one send an event.
 * What the others are measured against. Prints "port N", runs until it is killed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 65536
#define EVENTS 512

/* What a slow reader has not taken yet; while there is any, nothing more is received from it. */
typedef struct {
  int fd;
  unsigned char *kept;
  size_t from, to;
} Peer;

static int poller, listener;

static void watch(Peer *peer, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data = {.ptr = peer}};
  epoll_ctl(poller, operation, peer->fd, &event);
}

static void end(Peer *peer) {
  close(peer->fd);
  free(peer->kept);
  free(peer);
}

static void acceptOne(void) {
  int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  Peer *peer = calloc(1, sizeof *peer);
  peer->fd = fd;
  watch(peer, EPOLL_CTL_ADD, EPOLLIN);
}

static void flushKept(Peer *peer) {
  ssize_t n = send(peer->fd, peer->kept + peer->from, peer->to - peer->from, MSG_NOSIGNAL);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) end(peer);
    return;
  }
  peer->from += (size_t)n;
  if (peer->from == peer->to) watch(peer, EPOLL_CTL_MOD, EPOLLIN);
}

static void echo(Peer *peer) {
  static unsigned char bytes[CHUNK];
  ssize_t n = recv(peer->fd, bytes, CHUNK, 0);
  if (n <= 0) {
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) end(peer);
    return;
  }
  ssize_t sent = send(peer->fd, bytes, (size_t)n, MSG_NOSIGNAL);
  if (sent == n) return;
  if (sent < 0 && errno != EAGAIN) {
    end(peer);
    return;
  }
  if (sent < 0) sent = 0;
  if (peer->kept == NULL) peer->kept = malloc(CHUNK);
  peer->from = 0;
  peer->to = (size_t)(n - sent);
  memcpy(peer->kept, bytes + sent, peer->to);
  watch(peer, EPOLL_CTL_MOD, EPOLLOUT);
}

int main(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0) return perror("listen"), 1;
  getsockname(listener, (struct sockaddr *)&address, &length);
  poller = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      Peer *peer = events[i].data.ptr;
      if (peer == NULL) acceptOne();
      else if (events[i].events & EPOLLOUT) flushKept(peer);
      else echo(peer);
    }
  }
}
