-- One row is one member in one job centre and one window, with the weeks on the benefit and those
-- of them in which the outcome holds: any of the measures or hours that the study names.
-- Regressions on these cells, weighted by weeks, equal those on person-weeks.
with outcomes as (
    select
        unnest(
            cast($share_outcomes as struct(outcome varchar, any_of varchar[])[]),
            max_depth := 2
        )
)

select
    cast(weeks.population as varchar) as population,
    cast(outcomes.outcome as varchar) as outcome,
    cast(periods.period as varchar) as period,
    cast(weeks.person_id as varchar) as person_id,
    cast(weeks.jobcentre as varchar) as jobcentre,
    cast(count(*) as integer) as n_weeks,
    cast(
        count_if(
            list_contains(outcomes.any_of, weeks.measure)
            or list_contains(outcomes.any_of, 'ordinary_hours') and weeks.ordinary_hours > 0
        ) as integer
    ) as n_outcome_weeks
from analysis.person_weeks as weeks
inner join staging.periods on weeks.week between periods.first_week and periods.last_week
cross join outcomes
group by all
order by population, outcome, period, person_id, jobcentre
