-- One row is one member in one job centre and one window, with the two sums of which the outcome's
-- mean over person-weeks is the ratio, and the weeks in which it holds. Regressions on these cells,
-- weighted by their weeks, equal those on person-weeks.
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
        courses.week_weight,
        courses.outcome_amounts,
        len(
            list_filter(
                courses.week_numbers,
                lambda w: w between windows.first_number and windows.last_number
            )
        ) as n_weeks,
        len(
            list_filter(courses.outcome_week_numbers, lambda w: w < windows.first_number)
        ) as n_earlier_events,
        len(
            list_filter(
                courses.outcome_week_numbers,
                lambda w: w between windows.first_number and windows.last_number
            )
        ) as n_events
    from analysis.mean_courses as courses
    cross join windows
)

select
    cast(population as varchar) as population,
    cast(outcome as varchar) as outcome,
    cast(period as varchar) as period,
    cast(person_id as varchar) as person_id,
    cast(jobcentre as varchar) as jobcentre,
    cast(
        case
            when n_events > 0
                then
                    list_sum(
                        outcome_amounts[n_earlier_events + 1:n_earlier_events + n_events]
                    )
            else 0
        end as bigint
    ) as numerator,
    cast(n_weeks * week_weight as bigint) as denominator,
    cast(n_events as integer) as n_events
from counted
where n_weeks > 0
order by population, outcome, period, person_id, jobcentre
