"""How delivered values are read, said once for the stages and for the contracts of raw tables.

Registers write the same value as text, as a whole number or as a float. Each macro takes a value of
any type by its text; what cannot be read becomes null, as does a blank, so `is_blank` tells them
apart. Numbers become decimals by their text too, so that every format gives the same digits.

A date is a date, a moment, ISO text, 01JAN2018 with or without a time of day, or a number of SAS
without its format: since 1960, whole days in up to five digits, or seconds in nine or ten. Numbers
between, such as 201801 and 20180131, are none: they would be read as moments of 1960.
"""

from __future__ import annotations

import duckdb

_TEXT = "trim(cast(value as varchar))"
_WHOLE_NUMBER = rf"regexp_full_match({_TEXT}, '\d{{1,4}}(\.0*)?')"
_NUMBER = f"try_cast({_TEXT} as double)"
_SAS_DAY = f"""
    date '1960-01-01' + cast(
        case
            when abs({_NUMBER}) < 1e5 and {_NUMBER} = floor({_NUMBER}) then {_NUMBER}
            when abs({_NUMBER}) between 1e8 and 1e10 then floor({_NUMBER} / 86400)
        end as integer
    )
"""
# Years of two digits are none, and neither are the words for dates that DuckDB knows, such as inf.
_SAS_TEXT = f"""
    case length({_TEXT})
        when 9 then try_strptime({_TEXT}, '%d%b%Y')
        when 18 then try_strptime({_TEXT}, '%d%b%Y:%H:%M:%S')
    end
"""
_ISO_DAY = f"case when {_TEXT} >= '0' and {_TEXT} < 'A' then try_cast({_TEXT} as date) end"

DECODING = {
    "is_digits(value)": "regexp_full_match(value, '[0-9]+')",
    # A key is text; 12.0 is 12, as numbers of SAS and floats are whole.
    "decode_key(value)": f"""
        case
            when {_TEXT} in ('', '.', 'nan') then null
            when ends_with({_TEXT}, '.0') then left({_TEXT}, length({_TEXT}) - 2)
            else {_TEXT}
        end
    """,
    "fill_key(key, width)": """
        case
            when length(key) < width and is_digits(key)
                then lpad(key, width, '0')
            else key
        end
    """,
    # Spaces and the full stop come before every digit and letter: few texts have to be trimmed.
    "is_blank(value)": (
        "case when cast(value as varchar) >= '0' then false"
        f" else coalesce({_TEXT} in ('', '.'), true) end"
    ),
    # The type is known before any row is read, so that numbers never become text.
    "is_number(value)": (
        "typeof(value) in ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'FLOAT', 'DOUBLE')"
    ),
    "decode_code(value)": f"""
        case
            when is_number(value)
                then case
                    when
                        try_cast(value as double) between 0 and 9999
                        and try_cast(value as double) = floor(try_cast(value as double))
                        then try_cast(value as smallint)
                end
            when {_WHOLE_NUMBER} then cast(cast({_TEXT} as double) as smallint)
        end
    """,
    "decode_date(value)": (f"coalesce({_ISO_DAY}, {_SAS_DAY}, cast({_SAS_TEXT} as date))"),
    "decode_number(value)": f"try_cast(replace({_TEXT}, ',', '.') as decimal(9, 2))",
}


def teach_decoding(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros known to a connection."""
    for signature, expression in DECODING.items():
        connection.execute(f"create macro {signature} as {expression}")
