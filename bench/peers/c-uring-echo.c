/*
 * Echo server on io_uring in C, by system calls alone: multishot accept, multishot receive into a ring of provided
 * buffers, one send under way per connection, everything submitted once a turn. Prints "port N", runs until killed.
 * Exits with 77 where io_uring is not to be had.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 4096
#define BUFFERS 1024 /* a power of two */
#define BUFFER_BYTES 16384
#define GROUP 1
#define MAX_FDS 32768
#define UNAVAILABLE 77

enum { ACCEPT, RECEIVE, SEND };

/* A received buffer that waits to be sent back; the index is the buffer's number. */
typedef struct {
  uint32_t length, sent;
  int next;
} Piece;

typedef struct {
  int first, last; /* queue of pieces, -1 when empty; the first one is being sent */
  int open, sending, receiving, starved;
} Peer;

static int ring;
static uint32_t *sqHead, *sqTail, *cqHead, *cqTail, sqMask, cqMask;
static struct io_uring_sqe *sqes;
static struct io_uring_cqe *cqes;
static uint32_t toSubmit;
static struct io_uring_buf_ring *bufferRing;
static unsigned char *memory;
static uint16_t bufferTail;
static Piece pieces[BUFFERS];
static Peer peers[MAX_FDS];
static int starvedCount, listener;

static void enter(uint32_t waitFor) {
  int n = (int)syscall(__NR_io_uring_enter, ring, toSubmit, waitFor, IORING_ENTER_GETEVENTS, NULL, 0);
  if (n >= 0) toSubmit -= (uint32_t)n;
  else if (errno != EINTR && errno != EBUSY && errno != EAGAIN) {
    perror("io_uring_enter");
    exit(1);
  }
}

static struct io_uring_sqe *newSqe(int operation, int fd) {
  uint32_t tail = *sqTail;
  while (tail - atomic_load_explicit((_Atomic uint32_t *)sqHead, memory_order_acquire) >= ENTRIES) enter(0);
  struct io_uring_sqe *sqe = &sqes[tail & sqMask];
  memset(sqe, 0, sizeof *sqe);
  sqe->fd = fd;
  sqe->user_data = (uint64_t)operation << 32 | (uint32_t)fd;
  atomic_store_explicit((_Atomic uint32_t *)sqTail, tail + 1, memory_order_release);
  toSubmit++;
  return sqe;
}

static void giveBack(int id) {
  struct io_uring_buf *slot = &bufferRing->bufs[bufferTail & (BUFFERS - 1)];
  slot->addr = (uint64_t)(uintptr_t)(memory + (size_t)id * BUFFER_BYTES);
  slot->len = BUFFER_BYTES;
  slot->bid = (uint16_t)id;
  bufferTail++;
  atomic_store_explicit((_Atomic uint16_t *)&bufferRing->tail, bufferTail, memory_order_release);
}

static void armAccept(void) {
  struct io_uring_sqe *sqe = newSqe(ACCEPT, listener);
  sqe->opcode = IORING_OP_ACCEPT;
  sqe->ioprio = IORING_ACCEPT_MULTISHOT;
  sqe->accept_flags = SOCK_CLOEXEC;
}

static void armReceive(int fd) {
  struct io_uring_sqe *sqe = newSqe(RECEIVE, fd);
  sqe->opcode = IORING_OP_RECV;
  sqe->ioprio = IORING_RECV_MULTISHOT;
  sqe->flags = IOSQE_BUFFER_SELECT;
  sqe->buf_group = GROUP;
  peers[fd].receiving = 1;
}

static void armSend(int fd) {
  Peer *peer = &peers[fd];
  Piece *piece = &pieces[peer->first];
  struct io_uring_sqe *sqe = newSqe(SEND, fd);
  sqe->opcode = IORING_OP_SEND;
  sqe->addr = (uint64_t)(uintptr_t)(memory + (size_t)peer->first * BUFFER_BYTES + piece->sent);
  sqe->len = piece->length - piece->sent;
  sqe->msg_flags = MSG_NOSIGNAL | MSG_WAITALL;
  peer->sending = 1;
}

static void endIfDone(int fd) {
  Peer *peer = &peers[fd];
  if (peer->open || peer->sending || peer->receiving) return;
  for (int id = peer->first; id >= 0; id = pieces[id].next) giveBack(id);
  peer->first = -1;
  if (peer->starved) starvedCount--;
  peer->starved = 0;
  close(fd);
}

static void feedStarved(void) {
  for (int fd = 0; fd < MAX_FDS && starvedCount > 0; fd++) {
    if (!peers[fd].starved) continue;
    peers[fd].starved = 0;
    starvedCount--;
    armReceive(fd);
  }
}

static void onAccept(struct io_uring_cqe *cqe) {
  if (!(cqe->flags & IORING_CQE_F_MORE)) armAccept();
  if (cqe->res < 0) return;
  int one = 1, fd = cqe->res;
  if (fd >= MAX_FDS) {
    close(fd);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  peers[fd] = (Peer){.first = -1, .last = -1, .open = 1};
  armReceive(fd);
}

static void onReceive(int fd, struct io_uring_cqe *cqe) {
  Peer *peer = &peers[fd];
  if (!(cqe->flags & IORING_CQE_F_MORE)) peer->receiving = 0;
  if (cqe->res > 0) {
    int id = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    pieces[id] = (Piece){.length = (uint32_t)cqe->res, .next = -1};
    if (peer->first < 0) peer->first = id;
    else pieces[peer->last].next = id;
    peer->last = id;
    if (!peer->sending) armSend(fd);
    if (!peer->receiving) armReceive(fd);
  } else if (cqe->res == -ENOBUFS) {
    peer->starved = 1;
    starvedCount++;
  } else {
    peer->open = 0;
    endIfDone(fd);
  }
}

static void onSend(int fd, struct io_uring_cqe *cqe) {
  Peer *peer = &peers[fd];
  peer->sending = 0;
  if (cqe->res <= 0) {
    peer->open = 0;
    shutdown(fd, SHUT_RDWR);
    endIfDone(fd);
    return;
  }
  int id = peer->first;
  pieces[id].sent += (uint32_t)cqe->res;
  if (pieces[id].sent == pieces[id].length) {
    peer->first = pieces[id].next;
    giveBack(id);
  }
  if (peer->first >= 0) armSend(fd);
  else endIfDone(fd);
}

static int setUpRing(void) {
  struct io_uring_params p = {.cq_entries = ENTRIES * 4};
  p.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  ring = (int)syscall(__NR_io_uring_setup, ENTRIES, &p);
  if (ring < 0) return -1;
  size_t sqBytes = p.sq_off.array + p.sq_entries * sizeof(uint32_t);
  size_t cqBytes = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
  size_t bytes = sqBytes > cqBytes ? sqBytes : cqBytes;
  char *rings = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
  sqes = mmap(NULL, p.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
  if (rings == MAP_FAILED || sqes == MAP_FAILED) return -1;
  sqHead = (uint32_t *)(rings + p.sq_off.head);
  sqTail = (uint32_t *)(rings + p.sq_off.tail);
  sqMask = *(uint32_t *)(rings + p.sq_off.ring_mask);
  cqHead = (uint32_t *)(rings + p.cq_off.head);
  cqTail = (uint32_t *)(rings + p.cq_off.tail);
  cqMask = *(uint32_t *)(rings + p.cq_off.ring_mask);
  cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
  uint32_t *array = (uint32_t *)(rings + p.sq_off.array);
  for (uint32_t i = 0; i < p.sq_entries; i++) array[i] = i;
  return 0;
}

static int setUpBuffers(void) {
  size_t ringBytes = BUFFERS * sizeof(struct io_uring_buf);
  bufferRing = mmap(NULL, ringBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memory = mmap(NULL, (size_t)BUFFERS * BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bufferRing == MAP_FAILED || memory == MAP_FAILED) return -1;
  struct io_uring_buf_reg registration = {.ring_addr = (uint64_t)(uintptr_t)bufferRing, .ring_entries = BUFFERS, .bgid = GROUP};
  if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_PBUF_RING, &registration, 1) != 0) return -1;
  for (int id = 0; id < BUFFERS; id++) giveBack(id);
  return 0;
}

static void turn(void) {
  enter(1);
  uint32_t head = *cqHead, tail = atomic_load_explicit((_Atomic uint32_t *)cqTail, memory_order_acquire);
  for (; head != tail; head++) {
    struct io_uring_cqe *cqe = &cqes[head & cqMask];
    int operation = (int)(cqe->user_data >> 32), fd = (int)(uint32_t)cqe->user_data;
    if (operation == ACCEPT) onAccept(cqe);
    else if (operation == RECEIVE) onReceive(fd, cqe);
    else onSend(fd, cqe);
  }
  atomic_store_explicit((_Atomic uint32_t *)cqHead, head, memory_order_release);
  if (starvedCount > 0) feedStarved();
}

int main(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (setUpRing() != 0 || setUpBuffers() != 0) {
    perror("io_uring");
    return UNAVAILABLE;
  }
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 4096) != 0) return perror("listen"), 1;
  getsockname(listener, (struct sockaddr *)&address, &length);
  armAccept();
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) turn();
}
