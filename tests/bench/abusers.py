"""Visitors who do harm, as a load: a process of its own.

``python -m tests.bench.abusers PORT PLAYERS HALVES UPLOADS FILE < cookie``: players that stop after a megabyte of FILE,
bodies of which two bytes are sent, and uploads of a megabyte within a second, again and again. One that the server ends
begins anew. Prints "ready" when all have begun, runs until its input ends, and then prints how often each was ended.
"""

import asyncio
import sys
from collections import Counter
from contextlib import suppress

UPLOAD = 1_000_000  # bytes, below what a signed-in member may send
PIECE = 50_000
ENDED: Counter[str] = Counter()


async def connect(port: int, head: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
    writer.write(head.replace("\n", "\r\n").encode())
    await writer.drain()
    return reader, writer


async def player(port: int, cookie: str, file: str) -> None:
    head = f"GET /media/{file} HTTP/1.1\nHost: localhost\nCookie: {cookie}\nRange: bytes=0-\n\n"
    reader, writer = await connect(port, head)
    await reader.readexactly(2**20)
    assert isinstance(writer.transport, asyncio.Transport)
    writer.transport.pause_reading()
    await asyncio.sleep(3600)


async def half(port: int, cookie: str, file: str) -> None:
    reader, writer = await connect(
        port, "POST /accounts/login/ HTTP/1.1\nHost: localhost\nContent-Length: 1000\n\nab"
    )
    await reader.read()
    writer.close()


async def upload(port: int, cookie: str, file: str) -> None:
    head = f"POST /profile/ HTTP/1.1\nHost: localhost\nCookie: {cookie}\nContent-Length: {UPLOAD}\n\n"
    reader, writer = await connect(port, head)
    for _ in range(UPLOAD // PIECE):
        writer.write(b"x" * PIECE)
        await asyncio.sleep(PIECE / UPLOAD)
    await reader.readline()
    writer.close()


async def again(kind, *arguments: object) -> None:
    while True:
        with suppress(OSError, EOFError):
            await kind(*arguments)
        ENDED[kind.__name__] += 1
        await asyncio.sleep(0.05)


async def main(port: int, counts: list[int], cookie: str, file: str) -> None:
    kinds = [kind for kind, count in zip((player, half, upload), counts, strict=True) for _ in range(count)]
    tasks = [asyncio.create_task(again(kind, port, cookie, file)) for kind in kinds]
    await asyncio.sleep(2)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    print(dict(ENDED), flush=True)


if __name__ == "__main__":
    first = sys.stdin.readline().strip()
    asyncio.run(main(int(sys.argv[1]), [int(word) for word in sys.argv[2:5]], first, sys.argv[5]))
