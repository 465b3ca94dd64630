"""trio's echo server. Prints "port N"."""

import functools

import trio

# In bytes, as in the other servers that read by asking.
READ_SIZE = 65_536


async def serve(stream):
    try:
        while data := await stream.receive_some(READ_SIZE):
            await stream.send_all(data)
    except trio.BrokenResourceError:
        pass
    finally:
        await stream.aclose()


async def main():
    async with trio.open_nursery() as nursery:
        listen = functools.partial(trio.serve_tcp, host="127.0.0.1", backlog=4096)
        listeners = await nursery.start(listen, serve, 0)
        print("port", listeners[0].socket.getsockname()[1], flush=True)


trio.run(main)
