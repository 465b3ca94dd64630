/* The echo load over TLS 1.3; the certificate is not checked, as the load is only a load. */
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *context;

static void dieTls(const char *what) {
  fprintf(stderr, "load: %s: ", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

/* While the socket still blocks. */
static void secure(Connection *c) {
  if (context == NULL) {
    context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) dieTls("SSL_CTX_new");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }
  SSL *ssl = SSL_new(context);
  if (ssl == NULL || SSL_set_fd(ssl, c->fd) != 1 || SSL_connect(ssl) != 1) dieTls("SSL_connect");
  c->tls = ssl;
}

/* As send and recv do: a count, 0 at the end, or -1 with errno. */
static ssize_t result(Connection *c, int n) {
  if (n > 0) return n;
  int error = SSL_get_error(c->tls, n);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) errno = EAGAIN;
  else if (error != SSL_ERROR_SYSCALL || errno == 0) errno = EPROTO;
  ERR_clear_error();
  return -1;
}

static ssize_t sendBytes(Connection *c, const void *bytes, size_t length) {
  return result(c, SSL_write(c->tls, bytes, (int)length));
}

static ssize_t receiveBytes(Connection *c) { return result(c, SSL_read(c->tls, inbox, CHUNK)); }

/* What OpenSSL has taken from the socket already is not told by epoll. */
static int moreToReceive(Connection *c) { return SSL_pending(c->tls) > 0; }
