import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const HELLO = 'Hello, world!\n';

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': HELLO.length });
  response.end(HELLO);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`port ${(server.address() as AddressInfo).port}`);
});
