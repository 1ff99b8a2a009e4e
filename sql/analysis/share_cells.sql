-- One row is one member in one job centre and one window, with the weeks on the benefit and those
-- of them in which the outcome holds. Regressions on these cells, weighted by weeks, equal those
-- on person-weeks.
with windows as (
    select
        period,
        (first_week - cast($first_week as date)) // 7 as first_number,
        (last_week - cast($first_week as date)) // 7 as last_number
    from staging.periods
),

counted as (
    select
        courses.population,
        courses.outcome,
        windows.period,
        courses.person_id,
        courses.jobcentre,
        len(
            list_filter(
                courses.week_numbers,
                lambda w: w between windows.first_number and windows.last_number
            )
        ) as n_weeks,
        len(
            list_filter(
                courses.outcome_week_numbers,
                lambda w: w between windows.first_number and windows.last_number
            )
        ) as n_outcome_weeks
    from analysis.share_courses as courses
    cross join windows
)

select
    cast(population as varchar) as population,
    cast(outcome as varchar) as outcome,
    cast(period as varchar) as period,
    cast(person_id as varchar) as person_id,
    cast(jobcentre as varchar) as jobcentre,
    cast(n_weeks as integer) as n_weeks,
    cast(n_outcome_weeks as integer) as n_outcome_weeks
from counted
where n_weeks > 0
order by population, outcome, period, person_id, jobcentre
