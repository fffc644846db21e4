"""Verdicts, time and memory of the link check on many links, against a server of this machine.

    tools/bench_links.py [--links 10000] [--hosts 100] [--timeout 5]

Of the links 1% are dead, 5% answer 429, 1% hang, 2% moved and 1% refuse HEAD; all others are alive.  The
hosts are names that lead to one server here, in a process of its own.  "right" counts the links whose
verdict is the true one, and the goal is all of them; memory is this process's peak, and beside it stands
what it was before the first link was asked, so that growth shows.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection

from rich.console import Console
from rich.table import Table
from synthesize import one_or_more

from catalog.cli.console import progress
from catalog.upkeep.answers import Answer, Verdict
from catalog.upkeep.network import PublicTransport
from catalog.upkeep.probing import Manners, Prober, RealClock

GOAL_GROWTH = 50
"""Megabytes by which memory may grow."""

TRUE_VERDICT = {
    "dead": Verdict.DEAD,
    "hanging": Verdict.UNCLEAR,
    "limited": Verdict.UNCLEAR,
    "moved": Verdict.MOVED,
    "headless": Verdict.ALIVE,
    "alive": Verdict.ALIVE,
}
REPLIES = {
    "dead": b"404 Not Found\r\n",
    "limited": b"429 Too Many Requests\r\nRetry-After: 1\r\n",
    "moved": b"301 Moved Permanently\r\nLocation: /0\r\n",
    "headless": b"405 Method Not Allowed\r\n",
    "alive": b"200 OK\r\n",
}


def kind_of(number: int) -> str:
    """What link *number* is; 1% dead, 5% limited, and so on."""
    by_hundredth = {1: "dead", 2: "hanging", 3: "headless", 4: "moved", 5: "moved"}
    place = number % 100
    return "limited" if 10 <= place < 15 else by_hundredth.get(place, "alive")


# ------------------------------------------------------------------------------- the server


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            method, path, _ = line.decode().split()
            while (await reader.readline()).strip():
                pass
            kind = kind_of(int(path.removeprefix("/")))
            if kind == "hanging":
                await asyncio.sleep(3600)
            if kind == "headless" and method == "GET":
                kind = "alive"
            writer.write(b"HTTP/1.1 " + REPLIES[kind] + b"Content-Length: 0\r\n\r\n")
            await writer.drain()
    except (ConnectionError, ValueError):
        pass
    finally:
        writer.close()


def serve(ready: Connection) -> None:
    """Answer on a free port of 127.0.0.1, which is told to *ready*, until the process is ended."""

    async def run() -> None:
        server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=1024)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


# ------------------------------------------------------------------------------- the measurement


def megabytes() -> float:
    """This process's peak so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ask(urls: Sequence[str], manners: Manners) -> list[Answer]:
    """The verdicts on *urls*, all of whose hosts are this machine."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    answers: list[Answer] = []

    async def run() -> None:
        async with PublicTransport(manners.at_once, resolve=resolve, allowed=lambda _: True) as transport:
            with progress("Asking links") as advance:
                prober = Prober(transport, "bench", manners, RealClock())

                def take(answer: Answer) -> None:
                    answers.append(answer)
                    advance(len(answers), len(urls))

                await prober.ask_all(urls, take)

    asyncio.run(run())
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", type=one_or_more, default=10_000)
    parser.add_argument("--hosts", type=one_or_more, default=100)
    parser.add_argument("--timeout", type=float, default=5.0)
    options = parser.parse_args()
    receiver, sender = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(sender,), daemon=True)
    server.start()
    port = receiver.recv()
    # Links of one kind are spread over the hosts: the step is coprime to the hundred of kind_of.
    hosts = [f"host-{(number // 100 + number) % options.hosts}.example" for number in range(options.links)]
    urls = [f"http://{host}:{port}/{number}" for number, host in enumerate(hosts)]
    before, start = megabytes(), time.perf_counter()
    answers = ask(urls, Manners(delay=0.05, timeout=options.timeout, back_off=1.0))
    seconds, peak = time.perf_counter() - start, megabytes()
    server.terminate()
    show(answers, seconds, before, peak)


def show(answers: Sequence[Answer], seconds: float, before: float, peak: float) -> None:
    """Print a row for each kind of link, then time and memory."""
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for answer in answers:
        kind = kind_of(int(answer.url.rpartition("/")[2]))
        asked[kind] += 1
        right[kind] += answer.verdict is TRUE_VERDICT[kind]
    table = Table("kind", "verdict", "links", "right", title=f"{len(answers):,} links", title_justify="left")
    for kind, verdict in TRUE_VERDICT.items():
        colour = "green" if right[kind] == asked[kind] else "red"
        table.add_row(kind, verdict, f"{asked[kind]:,}", f"[{colour}]{right[kind]:,}[/]")
    console = Console()
    console.print(table)
    growth = peak - before
    colour = "green" if growth <= GOAL_GROWTH else "red"
    console.print(f"{seconds:.0f} s; peak {peak:.0f} MB, [{colour}]{growth:.0f} MB[/] more than before")


if __name__ == "__main__":
    main()
