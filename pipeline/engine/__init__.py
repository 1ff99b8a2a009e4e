"""The only door to DuckDB.

DuckDB's messages quote the value that offended, and that may be a person's: no message of its
own ever leaves this package, only the class of the error.
"""

from pipeline.engine.connection import ENGINE_VERSION, NOTE, Engine, Parameters
from pipeline.engine.delimited import Delimited
from pipeline.engine.repeats import Repeats
from pipeline.engine.statement import Statement
from pipeline.engine.view import KEY, KeyShape, Part

__all__ = [
    "ENGINE_VERSION",
    "KEY",
    "NOTE",
    "Delimited",
    "Engine",
    "KeyShape",
    "Parameters",
    "Part",
    "Repeats",
    "Statement",
]
