/**
 * What opens connections, servers, pipes and datagram endpoints: programs without a network do not need it. In the build
 * for Node this file, and what nothing else imports, is loaded at the first call of one of these (scripts/lazy-parts.js);
 * for bundlers and in the sources it is an import as any other. Only functions, and none that is called for every message.
 */
export { connectAcceptedSocket } from './connect-accepted-socket.ts';
export { connectReadPipe, connectWritePipe } from './connect-pipe.ts';
export { createConnection } from './create-connection.ts';
export { createDatagramEndpoint } from './create-datagram-endpoint.ts';
export { createServer } from './create-server.ts';
export { createUnixConnection } from './create-unix-connection.ts';
export { createUnixServer } from './create-unix-server.ts';
export { getaddrinfo, getnameinfo } from './names.ts';
export { sendfile, sockSendfile } from './sendfile.ts';
export { startTls } from './start-tls.ts';
