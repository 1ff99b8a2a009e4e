-- One row is one member in one job centre under one share outcome: the weeks of the study spent on
-- the benefit there, and those of them in which the outcome holds: any of the measures or hours
-- that the study names. Weeks are numbered from the study's first, which is 0.
with outcomes as (
    select
        unnest(
            cast($share_outcomes as struct(outcome varchar, any_of varchar[])[]),
            max_depth := 2
        )
),

held as (
    select
        weeks.population,
        outcomes.outcome,
        weeks.person_id,
        weeks.jobcentre,
        (weeks.week - cast($first_week as date)) // 7 as week_number,
        coalesce(
            list_contains(outcomes.any_of, weeks.measure)
            or list_contains(outcomes.any_of, 'ordinary_hours') and weeks.ordinary_hours > 0,
            false
        ) as has_outcome
    from analysis.person_weeks as weeks
    cross join outcomes
)

select
    cast(population as varchar) as population,
    cast(outcome as varchar) as outcome,
    cast(person_id as varchar) as person_id,
    cast(jobcentre as varchar) as jobcentre,
    cast(list(week_number order by week_number) as integer[]) as week_numbers,
    cast(
        coalesce(
            list(week_number order by week_number) filter (where has_outcome), []
        ) as integer[]
    ) as outcome_week_numbers
from held
group by all
order by population, outcome, person_id, jobcentre
