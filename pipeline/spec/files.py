"""Study and delivery files read at the border, every fault at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from pipeline.errors import ContractError, Fault, IndsatsError, StudyError, nearest
from pipeline.layout import STUDIES
from pipeline.spec.delivery import Delivery
from pipeline.spec.fit import check_fit
from pipeline.spec.study import Frozen, Study

_Parsed = TypeVar("_Parsed", bound=Frozen)


def load_study(name_or_path: str) -> Study:
    """The study in a TOML file, or the shipped study of that name.

    Raises:
        StudyError: with every fault at once: no such file, not TOML, unknown or missing keys,
            names that are in no code list, windows or references that do not fit together.
    """
    path = _find_study(name_or_path)
    study = _parse(Study, path, StudyError)
    faults = [Fault(path.as_posix(), what, remedy) for what, remedy in check_fit(study)]
    if faults:
        raise StudyError(faults)
    return study


def load_delivery(folder: Path) -> Delivery:
    """The delivery that a folder's ``delivery.toml`` describes.

    Raises:
        ContractError: if there is no such file or it is not as documented.
    """
    return _parse(Delivery, folder / "delivery.toml", ContractError)


def _find_study(name_or_path: str) -> Path:
    shipped = {path.stem: path for path in STUDIES.glob("*.toml")}
    path = shipped.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        what = "there is no such study file"
        raise StudyError(Fault(name_or_path, what, nearest(name_or_path, shipped)))
    return path


def _parse(kind: type[_Parsed], path: Path, error: type[IndsatsError]) -> _Parsed:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        remedy = f"write a {path.name} as in the README"
        raise error(Fault(path.as_posix(), "there is no such file", remedy)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise error(
            Fault(path.as_posix(), f"is not TOML: {fault}", "mend the line named")
        ) from None
    try:
        return kind.model_validate(content)
    except ValidationError as faults:
        raise error(list(_describe(faults, kind, path))) from None


def _describe(faults: ValidationError, kind: type[Frozen], path: Path) -> Iterator[Fault]:
    """One fault per line of pydantic's list, with the nearest valid key where one is unknown."""
    for fault in faults.errors():
        place = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            valid = _valid_keys(kind, fault["loc"][:-1])
            yield Fault(
                path.as_posix(), f"unknown key {place}", nearest(str(fault["loc"][-1]), valid)
            )
        elif fault["type"] == "missing":
            yield Fault(path.as_posix(), f"key {place} is missing", "add it")
        else:
            yield Fault(path.as_posix(), f"{place} = {fault['input']!r}", fault["msg"].lower())


def _valid_keys(kind: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The keys that are valid at a place in a file, found by walking the types."""
    found: object = kind
    for part in place:
        fields = found.model_fields if _is_model(found) else {}
        found = fields[part].annotation if part in fields else _inner_model(found)
    model = found if _is_model(found) else _inner_model(found)
    return list(model.model_fields) if _is_model(model) else []


def _is_model(found: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(found, type) and issubclass(found, BaseModel)


def _inner_model(found: object) -> object:
    """The model inside ``dict[str, Model]`` or ``tuple[Model, ...]``."""
    return next((inner for inner in get_args(found) if _is_model(inner)), None)
