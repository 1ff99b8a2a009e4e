"""Figures of cells: an estimate with its error and interval, by quantity, from each kind of model.

Figures are cells x 4: estimate, standard error, and the ends of the 95 % interval; NaN where
unknown. Intervals are the estimate and 1.96 errors on either side, but on the scale of the
logarithm for survival from curves (R's default) and for hazard ratios, and on that of the
logarithm of minus the logarithm for survival from models, so that they stay between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.models.durations.clusters import sum_scores
from pipeline.models.durations.cox import fit_cox
from pipeline.models.durations.kaplan_meier import QUANTILE, Curve
from pipeline.models.durations.parametric import Fit
from pipeline.models.durations.quantities import (
    Measure,
    bound_cells,
    mean,
    measure_cells,
    median,
    restricted_mean,
    survival,
)
from pipeline.models.durations.spells import Spells
from pipeline.models.tally import FloatArray, IntArray

Figures = dict[str, FloatArray]
_SURVIVAL = "survival"


@dataclass(frozen=True)
class Summary:
    """What is wanted of each cell besides mean and median, in the unit of the durations.

    Attributes:
        horizon: of the restricted mean.
        survival_at: when the share that lasts longer is wanted.
    """

    horizon: float = 52.0
    survival_at: tuple[float, ...] = ()

    def list_measures(self) -> dict[str, Measure]:
        """Every quantity by name."""
        shares = {f"{_SURVIVAL}_{time:g}": survival(time) for time in self.survival_at}
        return {
            "mean": mean(),
            "median": median(),
            "rmst": restricted_mean(self.horizon),
            **shares,
        }


def summarise_fit(fit: Fit, clusters: IntArray, summary: Summary) -> Figures:
    """Of a parametric model, by the delta method; with a lower end alone without an event.

    Args:
        fit: of spells collapsed from rows.
        clusters: of each row the number of its cluster.
        summary: what is wanted.
    """
    covariance = sum_scores(fit, clusters).covariance()
    figures = {}
    for name, measure in summary.list_measures().items():
        quantity = measure_cells(fit, measure)
        bound = _bound_shares if name.startswith(_SURVIVAL) else _set_margins
        found = bound(quantity.values, quantity.std_errors(covariance))
        found[~fit.is_known, 2] = bound_cells(fit, measure)[~fit.is_known]
        figures[name] = found
    return figures


def summarise_curves(curves: list[Curve | None], summary: Summary) -> Figures:
    """Of Kaplan-Meier curves; a median has an interval and no error.

    A curve without an event is unknown: a flat line would pass for one without error.
    """
    names = list(summary.list_measures())
    found = np.full((len(names), len(curves), 4), np.nan)
    for cell, curve in enumerate(curves):
        if curve is None or not curve.times.size:
            continue
        pairs = np.array([curve.measure_mean(), curve.measure_restricted_mean(summary.horizon)])
        found[[0, 2], cell] = _set_margins(*pairs.T)
        found[1, cell, [0, 2, 3]] = curve.measure_median()
        found[3:, cell] = trace_curve(curve, np.array(summary.survival_at))
    return dict(zip(names, found, strict=True))


def trace_curve(curve: Curve, times: FloatArray) -> FloatArray:
    """Survival at some times; without an error where it is 0 or still 1, later without a value.

    Before the first event all are left in the sample, which is not to say that all would be.
    """
    share, log_error = curve.survive(times), curve.log_errors(times)
    margin = np.exp(QUANTILE * log_error)
    figures = np.stack(
        [share, share * log_error, share / margin, np.minimum(share * margin, 1.0)], axis=1
    )
    figures[(share <= 0) | ((share >= 1) & (times > 0)), 1:] = np.nan
    figures[(times > curve.last) & (share > 0)] = np.nan
    return figures


def summarise_ratios(spells: Spells, clusters: IntArray) -> Figures:
    """Hazard ratios to the first cell that has an event, by Cox.

    That cell's own ratio is 1 and has no error; one without an event is unknown.
    """
    figures = np.full((spells.n_cells, 4), np.nan)
    known = np.flatnonzero(spells.cell_events > 0)
    if known.size < 2:
        return {"hazard_ratio": figures}
    design = np.zeros((spells.n_cells, known.size - 1))
    design[known[1:], np.arange(known.size - 1)] = 1.0
    # A cell without an event pulls its ratio to 0, where it is no longer at risk of anything.
    counted = np.where(spells.cell_events[spells.cell] > 0, spells.weight, 0.0)
    fit = fit_cox(replace(spells, weight=counted), design)
    if fit is None:
        return {"hazard_ratio": figures}
    errors = np.sqrt(np.diag(sum_scores(fit, clusters).covariance()))
    ratio, margin = np.exp(fit.theta), np.exp(QUANTILE * errors)
    figures[known[0], 0] = 1.0
    figures[known[1:]] = np.stack([ratio, ratio * errors, ratio / margin, ratio * margin], axis=1)
    return {"hazard_ratio": figures}


def _bound_shares(values: FloatArray, errors: FloatArray) -> FloatArray:
    """With log(-log) as the scale (Kalbfleisch and Prentice 2002, section 1.4)."""
    errors = np.where(errors > 0, errors, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = np.exp(-QUANTILE * errors / (values * np.log(values)))
        return np.stack([values, errors, values**margin, values ** (1 / margin)], axis=-1)


def _set_margins(values: FloatArray, errors: FloatArray) -> FloatArray:
    """An error of 0 is one that cannot be told."""
    errors = np.where(errors > 0, errors, np.nan)
    margin = QUANTILE * errors
    return np.stack([values, errors, values - margin, values + margin], axis=-1)
