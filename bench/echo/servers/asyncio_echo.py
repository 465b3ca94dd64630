"""asyncio's echo server: asyncio_echo.py (streams|protocol) (asyncio|uvloop) [tls]. Prints "port N"."""

import asyncio
import os
import sys

KIND, LOOP = sys.argv[1], sys.argv[2]
TLS = sys.argv[3:] == ["tls"]
# In bytes, as in the other servers that read by asking.
READ_SIZE = 65_536


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    # Bounds the memory when the peer does not read.
    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def serve(reader, writer):
    try:
        while data := await reader.read(READ_SIZE):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def tls_context():
    import ssl

    fixtures = os.environ["TSYNCIO_BENCH"] + "../test/fixtures/tls/"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(fixtures + "server.pem", fixtures + "server.key")
    return context


async def main():
    if KIND == "streams":
        context = tls_context() if TLS else None
        server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096, ssl=context)
    else:
        server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=4096)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if LOOP == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
