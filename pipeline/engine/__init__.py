"""The only door to DuckDB.

DuckDB's messages quote the value that offended, and that may be a person's: no message of its
own ever leaves this package, only the class of the error.
"""

from pipeline.engine.connection import ENGINE_VERSION, NOTE, Engine, Parameters
from pipeline.engine.repeats import Repeats
from pipeline.engine.statement import Statement

__all__ = ["ENGINE_VERSION", "NOTE", "Engine", "Parameters", "Repeats", "Statement"]
