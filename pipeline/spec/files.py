"""Study and delivery files read at the border, every fault at once."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, TypeGuard, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from pipeline.errors import ContractError, Fault, IndsatsError, StudyError, nearest
from pipeline.layout import STUDIES
from pipeline.spec.delivery import Delivery
from pipeline.spec.fit import check_fit
from pipeline.spec.frozen import Frozen
from pipeline.spec.study import Study

_Parsed = TypeVar("_Parsed", bound=Frozen)
# What does not fit together in a file that is well formed, and what would be right.
_Misfits = Iterable[tuple[str, str]]


def load_study(name_or_path: str) -> Study:
    """The study in a TOML file, or the shipped study of that name.

    Raises:
        StudyError: with every fault at once: no such file, not TOML, unknown or missing keys,
            names that are in no code list, windows or references that do not fit together.
    """
    return parse_file(Study, _find_study(name_or_path), StudyError, check_fit)


def load_delivery(folder: Path) -> Delivery:
    """The delivery that a folder's ``delivery.toml`` describes.

    Raises:
        ContractError: if there is no such file or it is not as documented.
    """
    return parse_file(Delivery, folder / "delivery.toml", ContractError, lambda _: ())


def _find_study(name_or_path: str) -> Path:
    shipped = {path.stem: path for path in STUDIES.glob("*.toml")}
    path = shipped.get(name_or_path, Path(name_or_path))
    if not path.is_file():
        what = "there is no such study file"
        raise StudyError(Fault(name_or_path, what, nearest(name_or_path, shipped)))
    return path


def parse_file(
    kind: type[_Parsed],
    path: Path,
    error: type[IndsatsError],
    find_misfits: Callable[[_Parsed], _Misfits],
) -> _Parsed:
    """What a TOML file holds.

    Args:
        kind: its type.
        path: the file.
        error: what is raised.
        find_misfits: what does not fit together in it, and what would be right.

    Raises:
        IndsatsError: `error`, with every fault at once.
    """
    try:
        # Windows editors put a mark before the first letter, which is no part of the text.
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        is_missing = isinstance(fault, FileNotFoundError)
        what = "there is no such file" if is_missing else f"cannot be read ({type(fault).__name__})"
        remedy = f"write a {path.name} as in the README"
        raise error(Fault(path.as_posix(), what, remedy)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise error(
            Fault(path.as_posix(), f"is not TOML: {fault}", "mend the line named")
        ) from None
    faults: list[Fault] = []
    try:
        parsed = kind.model_validate(content)
    except ValidationError as unfit:
        faults.extend(_describe(unfit, kind, path))
        rest = _parse_rest(content, unfit, kind)
        if rest is None:
            raise error(faults) from None
        parsed = rest
    faults.extend(Fault(path.as_posix(), what, remedy) for what, remedy in find_misfits(parsed))
    if faults:
        raise error(faults)
    return parsed


def _parse_rest(
    content: dict[str, Any], faults: ValidationError, kind: type[_Parsed]
) -> _Parsed | None:
    """What is left once the faulty keys are left out, where that can be told."""
    try:
        return kind.model_validate(_leave_out(content, [fault["loc"] for fault in faults.errors()]))
    except ValidationError:
        return None


def _leave_out(content: dict[str, Any], places: list[tuple[int | str, ...]]) -> dict[str, Any]:
    """The content without what lies at some places."""
    rest = copy.deepcopy(content)
    for *path, last in places:
        holder: Any = rest
        for part in path:
            holder = holder[part]
        if isinstance(holder, dict):
            holder.pop(last, None)
    return rest


def _describe(faults: ValidationError, kind: type[Frozen], path: Path) -> Iterator[Fault]:
    """One fault per line of pydantic's list, with the nearest valid key where one is unknown."""
    where = path.as_posix()
    for fault in faults.errors():
        parts = fault["loc"]
        place = ".".join(map(str, parts))
        match fault["type"]:
            case "extra_forbidden":
                remedy = nearest(str(parts[-1]), _valid_keys(kind, parts[:-1]))
                yield Fault(where, f"unknown key {place}", remedy)
            case "missing":
                yield Fault(where, f"key {place} is missing", "add it")
            case _:
                remedy = fault["msg"].removeprefix("Value error, ")
                yield Fault(where, f"{place} = {fault['input']!r}", remedy)


def _valid_keys(kind: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """The keys that are valid at a place in a file, found by walking the types."""
    found: object = kind
    for part in place:
        if isinstance(found, UnionType):  # a part that may be left out
            found = _inner_model(found)
        fields = found.model_fields if _is_model(found) else {}
        found = fields[part].annotation if part in fields else _inner_model(found)
    model = found if _is_model(found) else _inner_model(found)
    return list(model.model_fields) if _is_model(model) else []


def _is_model(found: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(found, type) and issubclass(found, BaseModel)


def _inner_model(found: object) -> object:
    """The model inside ``dict[str, Model]`` or ``tuple[Model, ...]``."""
    return next((inner for inner in get_args(found) if _is_model(inner)), None)
