"""Blocks of persons: each drawn from a random stream of its own, several at once, told in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Drawn = TypeVar("Drawn")

# Also a row group of each register: far larger ones cost memory, far smaller ones long footers.
_MOST_PERSONS = 50_000


@dataclass(frozen=True)
class Block:
    """Persons who follow each other in the registers.

    Attributes:
        number: position among the blocks.
        first: position of its first person among all persons.
        persons: how many they are.
        citizens: how many of them wait for the study's benefit, have it, or have left it.
        first_stranger: position of its first person who is in e-income only.
        strangers: how many those are.
    """

    number: int
    first: int
    persons: int
    citizens: int
    first_stranger: int
    strangers: int

    def spawn_streams(self, seed: int, n_streams: int) -> list[np.random.Generator]:
        """Random streams that no other block and no other seed has."""
        own = np.random.SeedSequence(seed, spawn_key=(self.number,))
        return [np.random.default_rng(stream) for stream in own.spawn(n_streams)]


def cut_blocks(persons: int, citizens: int, strangers: int) -> list[Block]:
    """Blocks as equal as can be, with the same share of citizens and strangers in each."""
    n_blocks = -(-persons // _MOST_PERSONS)

    def edges(total: int) -> list[int]:
        return [total * number // n_blocks for number in range(n_blocks + 1)]

    ends = list(zip(edges(persons), edges(citizens), edges(strangers), strict=True))
    return [
        Block(
            number=number,
            first=ends[number][0],
            persons=ends[number + 1][0] - ends[number][0],
            citizens=ends[number + 1][1] - ends[number][1],
            first_stranger=ends[number][2],
            strangers=ends[number + 1][2] - ends[number][2],
        )
        for number in range(n_blocks)
    ]


def draw_in_order(
    draw: Callable[[Block], Drawn], blocks: list[Block], threads: int | None
) -> Iterator[Drawn]:
    """What is drawn of each block, in the blocks' order, however many threads draw at once.

    No more blocks are drawn ahead than there are threads, so that memory stays bounded.
    """
    n_threads = min(threads or os.cpu_count() or 1, len(blocks))
    pending: deque[Future[Drawn]] = deque()
    left = iter(blocks)
    with ThreadPoolExecutor(n_threads, thread_name_prefix="draw") as pool:
        try:
            for block in left:
                pending.append(pool.submit(draw, block))
                if len(pending) >= n_threads:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
