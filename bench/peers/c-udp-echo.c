/* The simplest UDP echo server in C. Prints "port N", runs until it is killed. */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#define LARGEST 65507

int main(void) {
  static unsigned char bytes[LARGEST];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sockaddr_in address = {.sin_family = AF_INET}, from;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (bind(fd, (struct sockaddr *)&address, length) != 0) return perror("bind"), 1;
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    socklen_t fromLength = sizeof from;
    ssize_t n = recvfrom(fd, bytes, LARGEST, 0, (struct sockaddr *)&from, &fromLength);
    if (n >= 0) sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, fromLength);
  }
}
