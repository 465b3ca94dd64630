"""asyncio's echo server over TLS: asyncio_tls.py (asyncio|uvloop). Prints "port N"."""

import asyncio
import os
import ssl
import sys

FIXTURES = os.environ["TSYNCIO_BENCH"] + "../test/fixtures/tls/"
READ_SIZE = 65_536


async def serve(reader, writer):
    try:
        while data := await reader.read(READ_SIZE):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FIXTURES + "server.pem", FIXTURES + "server.key")
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096, ssl=context)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if sys.argv[1] == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
