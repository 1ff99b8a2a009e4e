"""How delivered values are read, said once for the stages and for the contracts of raw tables.

Registers write the same value as text, as a whole number or as a float. Each macro takes a value of
any type by its text; what cannot be read becomes null, as does a blank, so `is_blank` tells them
apart. Numbers become decimals by their text too, so that every format gives the same digits.
"""

from __future__ import annotations

import duckdb

_TEXT = "trim(cast(value as varchar))"
_WHOLE_NUMBER = rf"regexp_full_match({_TEXT}, '\d{{1,4}}(\.0*)?')"

DECODING = {
    "is_blank(value)": f"coalesce({_TEXT} in ('', '.'), true)",
    "decode_code(value)": (
        f"case when {_WHOLE_NUMBER} then cast(cast({_TEXT} as double) as smallint) end"
    ),
    "decode_date(value)": f"try_cast({_TEXT} as date)",
    "decode_number(value)": f"try_cast({_TEXT} as decimal(9, 2))",
}


def teach_decoding(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros known to a connection."""
    for signature, expression in DECODING.items():
        connection.execute(f"create macro {signature} as {expression}")
