-- One row is one member in one job centre under one outcome that is a mean over weeks: the weeks of
-- the study that count there, and those of them in which the outcome holds, with what each adds to
-- the numerator of the mean. A share: any of the measures or hours that the study names hold, and
-- it adds 1. Mean hours: there are ordinary hours, and it adds 37 times the hundredths of the
-- month's; each week's weight in the denominator is then 16033, those of a full-time month. So sums
-- are whole numbers, and their ratio is hours a week. Weeks are numbered from the study's first,
-- which is 0.
with outcomes as (
    select
        unnest(
            cast($mean_outcomes as struct(outcome varchar, kind varchar, any_of varchar[])[]),
            max_depth := 2
        )
),

valued as (
    select
        weeks.population,
        outcomes.outcome,
        weeks.person_id,
        weeks.jobcentre,
        (weeks.week - cast($first_week as date)) // 7 as week_number,
        case outcomes.kind when 'hours' then 16033 else 1 end as week_weight,
        case
            when outcomes.kind = 'hours' then cast(weeks.month_hours * 100 as bigint) * 37
            when list_contains(outcomes.any_of, weeks.measure) then 1
            when list_contains(outcomes.any_of, 'ordinary_hours') and weeks.ordinary_hours > 0
                then 1
            else 0
        end as amount
    from analysis.person_weeks as weeks
    cross join outcomes
    -- Unknown hours are no week of a mean; a measure holds whatever the hours.
    where outcomes.kind = 'share' or weeks.month_hours is not null
)

select
    cast(population as varchar) as population,
    cast(outcome as varchar) as outcome,
    cast(person_id as varchar) as person_id,
    cast(jobcentre as varchar) as jobcentre,
    cast(list(week_number order by week_number) as integer[]) as week_numbers,
    cast(
        coalesce(list(week_number order by week_number) filter (where amount > 0), []) as integer[]
    ) as outcome_week_numbers,
    cast(
        coalesce(list(amount order by week_number) filter (where amount > 0), []) as bigint[]
    ) as outcome_amounts,
    cast(any_value(week_weight) as integer) as week_weight
from valued
group by population, outcome, person_id, jobcentre
order by population, outcome, person_id, jobcentre
