"""A delivery: which files hold which register, and what their columns are called."""

from __future__ import annotations

from pydantic import Field

from pipeline.spec.study import Frozen


class Dream(Frozen):
    """DREAM: one row per person, one column per week."""

    files: tuple[str, ...] = Field(min_length=1)
    person: str = "pnr"


class Bfl(Frozen):
    """e-income: one row per job and month."""

    files: tuple[str, ...] = ()
    person: str = "pnr"
    start: str = "ajo_job_start_dato"
    end: str = "ajo_job_slut_dato"
    hours: str = "ajo_loentimer"
    support: str = "stoette_besk_kode"


class Register(Frozen):
    """A register that is named in the delivery and whose columns have fixed names."""

    files: tuple[str, ...] = ()


class Delivery(Frozen):
    """Which files hold which register."""

    dream: Dream
    bfl: Bfl = Bfl()
    bef: Register = Register()
    caseload: Register = Register()
    caseworkers: Register = Register()
    survey: Register = Register()
