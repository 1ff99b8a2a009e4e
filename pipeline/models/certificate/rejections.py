"""Which placebo programmes each method rejects at 5 %."""

from __future__ import annotations

import numpy as np
from scipy import stats

from pipeline.models.certificate.splits import AnySplits, find_variance
from pipeline.models.inference import (
    CONFIDENCE,
    CR2,
    CR3,
    JOBCENTRE_CLUSTER,
    PERSON_CLUSTER,
    PLACEBO_T_LEVEL,
    RANDOMIZATION,
    RANDOMIZATION_T,
    SEED,
    WILD_BOOTSTRAP,
    Refusal,
    UnitPanel,
)
from pipeline.models.inference.clustered import gather_units
from pipeline.models.inference.draws import draw_programmes, randomize_pooled
from pipeline.models.inference.levels import build_level_test
from pipeline.models.inference.one_unit import FEWEST_UNITS, UNIT_METHODS, assess_units, standardise
from pipeline.models.inference.placebos import Placebos, gather_placebos
from pipeline.models.inference.pooled import assess_pooled, score_units
from pipeline.models.inference.wild import draw_bootstrap, draw_weights
from pipeline.models.tally import FloatArray

N_PROGRAMMES = 400
# A placebo programme is itself ranked among this many: 5 % of them and itself is a whole number.
N_RANKED = 199
LEVEL = 1 - CONFIDENCE


def reject_units(splits: AnySplits) -> dict[str, FloatArray]:
    """Each job centre by itself as a placebo at every start week, against all the others.

    Returns:
        By method, `(starts, units)`: 1 where it is rejected, 0 where not, NaN where unknown.
    """
    n_units = len(splits.units)
    shape = (len(splits.starts), n_units)
    methods = (PERSON_CLUSTER, *UNIT_METHODS)
    rejected = {method: np.empty(shape) for method in methods}
    for place in range(n_units):
        is_treated = np.arange(n_units) == place
        panel = splits.build_panel(is_treated)
        placebos = gather_placebos(panel)
        by_person = find_person_p(splits, panel, splits.moments)
        rejected[PERSON_CLUSTER][:, place] = _reject(by_person)
        for method in UNIT_METHODS:
            p_values = assess_units(placebos, method)[2][..., 0]
            rejected[method][:, place] = _reject(_hold_back(placebos, p_values))
        if panel.law is not None:
            p_values = build_level_test(panel, placebos, panel.law).rank()[..., 0]
            by_level = rejected.setdefault(PLACEBO_T_LEVEL, np.empty(shape))
            by_level[:, place] = _reject(_hold_back(placebos, p_values))
    return rejected


def _hold_back(placebos: Placebos, p_values: FloatArray) -> FloatArray:
    """P-values where there are units enough to compare with."""
    return np.where(placebos.n_comparison >= FEWEST_UNITS, p_values, np.nan)


def reject_programmes(splits: AnySplits, n_participating: int) -> dict[str, FloatArray]:
    """Drawn programmes of as many job centres as took part, each at a drawn start week.

    Args:
        splits: of the job centres that did not take part.
        n_participating: how many did.

    Returns:
        By method, one number per programme, as `reject_units`; nothing where a programme would
        leave fewer job centres than it has.
    """
    n_units = len(splits.units)
    if not 2 <= n_participating <= n_units // 2:
        return {}
    draw = np.random.default_rng(SEED)
    order = draw.random((N_PROGRAMMES, n_units)).argsort(axis=1)
    starts = draw.integers(0, len(splits.starts), N_PROGRAMMES)
    panel = splits.build_panel(order < n_participating, starts)
    scores = score_units(panel)
    rejected = {
        PERSON_CLUSTER: _reject(find_person_p(splits, panel, splits.moments[starts])),
    }
    for method in (JOBCENTRE_CLUSTER, CR2, CR3):
        error, degrees = assess_pooled(scores, method)
        p_values = 2 * stats.t.sf(standardise(scores.effect, error), degrees)
        rejected[method] = _reject(p_values)
    p_values = np.array([_find_drawn_p(_pick(panel, place)) for place in range(N_PROGRAMMES)])
    for place, method in enumerate((WILD_BOOTSTRAP, RANDOMIZATION, RANDOMIZATION_T)):
        rejected[method] = _reject(p_values[:, place])
    return rejected


def find_person_p(splits: AnySplits, panel: UnitPanel, moments: FloatArray) -> FloatArray:
    """P-values clustered on members: the normal distribution, members G / (G - 1)."""
    variance = np.zeros(panel.effect.shape)
    for group in (panel.is_treated, ~panel.is_treated):
        own = np.einsum("...u,...uab->...ab", group.astype(float), moments)
        variance = variance + find_variance(own, *panel.pool(group))
    n_persons = splits.n_persons.sum()
    error = np.sqrt(variance * n_persons / (n_persons - 1))
    p_values: FloatArray = 2 * stats.norm.sf(standardise(panel.effect, error))
    return p_values


def _find_drawn_p(panel: UnitPanel) -> tuple[float, float, float]:
    """P-values of one programme by wild bootstrap, randomisation and that of the t statistic."""
    if not np.isfinite(panel.effect):
        return np.nan, np.nan, np.nan
    effect = gather_units(score_units(panel))
    bootstrap = draw_bootstrap(effect, draw_weights(effect.n_clusters))
    programmes = draw_programmes(panel, N_RANKED)
    if isinstance(programmes, Refusal):
        return bootstrap.find_p_value(0.0), np.nan, np.nan
    ranked = [
        randomize_pooled(panel, programmes, method) for method in (RANDOMIZATION, RANDOMIZATION_T)
    ]
    plain, by_t = (np.nan if isinstance(each, Refusal) else each.p_value for each in ranked)
    return bootstrap.find_p_value(0.0), plain, by_t


def _pick(panel: UnitPanel, place: int) -> UnitPanel:
    """One of the panels along the first axis."""
    sums = (panel.numerator, panel.denominator, panel.persons, panel.exposure, panel.is_treated)
    numerator, denominator, persons, exposure, is_treated = (part[place] for part in sums)
    return UnitPanel(panel.units, numerator, denominator, persons, exposure, is_treated)


def _reject(p_values: FloatArray) -> FloatArray:
    return np.where(np.isnan(p_values), np.nan, p_values <= LEVEL + 1e-12)
