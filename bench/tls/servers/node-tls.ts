import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { readCertificate } from '../../lib/certificate.ts';

const server = createServer({ noDelay: true, ...readCertificate() }, (socket) => {
  socket.on('data', (bytes) => {
    if (!socket.write(bytes)) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('error', () => socket.destroy());
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`port ${(server.address() as AddressInfo).port}`);
});
