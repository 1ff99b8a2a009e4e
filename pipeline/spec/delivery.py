"""A delivery: which files hold which register, and what their columns are called."""

from __future__ import annotations

from pydantic import Field

from pipeline.spec.frozen import Frozen


class Dream(Frozen):
    """DREAM: one row per person, one column per week."""

    files: tuple[str, ...] = Field(min_length=1)
    person: str = "pnr"


class Register(Frozen):
    """A register that may be delivered: its files, and what each column that is used is called.

    Every field but `files` is a column; its default is the documented name, which is the name the
    raw table gives it.
    """

    files: tuple[str, ...] = ()

    @property
    def named(self) -> dict[str, str]:
        """Key to the name that its column has in the files."""
        return {key: getattr(self, key) for key in type(self).model_fields if key != "files"}

    @property
    def documented(self) -> dict[str, str]:
        """Key to the documented name of its column."""
        return {key: type(self).model_fields[key].default for key in self.named}


class Bfl(Register):
    """e-income: one row per job and month."""

    person: str = "pnr"
    start: str = "ajo_job_start_dato"
    end: str = "ajo_job_slut_dato"
    hours: str = "ajo_loentimer"
    support: str = "stoette_besk_kode"


class Bef(Register):
    """The population register: one row per resident and quarter's end."""

    person: str = "pnr"
    quarter: str = "referencetid"
    municipality: str = "kom"
    sex: str = "koen"
    birth: str = "foed_dag"
    origin: str = "ie_type"


class Caseload(Register):
    """Monitoring: one row per caseworker and period."""

    jobcentre: str = "jobcentre"
    start: str = "period_start"
    end: str = "period_end"
    caseworker: str = "caseworker_id"
    cases: str = "cases"
    hours: str = "weekly_hours"


class Caseworkers(Register):
    """Links: one row per citizen's time with one caseworker."""

    person: str = "pnr"
    caseworker: str = "caseworker_id"
    start: str = "start_date"
    end: str = "end_date"


class Survey(Register):
    """Answers: one row per respondent, round and item."""

    respondent: str = "respondent_id"
    municipality: str = "municipality_code"
    role: str = "role"
    round: str = "round"
    item: str = "item"
    answer: str = "answer"


class Delivery(Frozen):
    """Which files hold which register."""

    dream: Dream
    bfl: Bfl = Bfl()
    bef: Bef = Bef()
    caseload: Caseload = Caseload()
    caseworkers: Caseworkers = Caseworkers()
    survey: Survey = Survey()

    @property
    def registers(self) -> dict[str, Register]:
        """By name, the registers beside DREAM."""
        return {name: getattr(self, name) for name in type(self).model_fields if name != "dream"}
