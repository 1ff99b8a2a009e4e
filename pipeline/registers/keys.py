"""Person keys of one delivery written alike, where a register lost their leading zeros.

Keys are text as delivered. A register that writes them as numbers, or passed a program that took
them for numbers, has lost leading zeros; then it meets no other. If some file has keys with leading
zeros, all of one length, files without any are filled up to that length.
"""

from __future__ import annotations

from collections.abc import Collection

from pipeline.errors import ContractError, Fault
from pipeline.registers.log import FileRecord


def choose_key_width(records: Collection[FileRecord]) -> int | None:
    """The number of digits to which the keys of some files must be filled, or None.

    Raises:
        ContractError: if some files have lost leading zeros and the others' keys have several
            lengths, so that nobody knows how many were lost.
    """
    shapes = [(record, record.keys) for record in records if record.keys is not None]
    filled = [(record, keys) for record, keys in shapes if keys.is_filled]
    width = max((keys.longest for _, keys in filled), default=0)
    if not any(_lacks_zeros(record, width) for record in records):
        return None
    uneven = [record for record, keys in filled if keys.shortest < width]
    if uneven:
        what = "keys with leading zeros have several lengths, and other files have keys without any"
        remedy = "keys written the same way in every register"
        raise ContractError(Fault(f"{r.file}: {r.register}", what, remedy) for r in uneven)
    return width


def fill_width(record: FileRecord, width: int | None) -> int | None:
    """The number of digits to which this file's keys are filled, or None to leave them."""
    return width if width is not None and _lacks_zeros(record, width) else None


def _lacks_zeros(record: FileRecord, width: int) -> bool:
    keys = record.keys
    return keys is not None and not keys.is_filled and keys.shortest < width
