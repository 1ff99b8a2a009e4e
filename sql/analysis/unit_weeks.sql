-- One row is one job centre, outcome and week of the study, with the two sums of which the
-- outcome's mean is the ratio. A share: weeks in which it holds, over all. Mean hours: the sums of
-- analysis.mean_courses. Weeks between measures, and to the first: weeks at risk of all gaps or
-- waits under way, over the measures that start in the week. Exits: those who have left by a way
-- that counts, in the week after their last on the benefit, over those who were on it the week
-- before (decision 0044).
with gap_outcomes as (
    select unnest($gap_outcomes) as outcome
),

wait_outcomes as (
    select unnest($wait_outcomes) as outcome
),

exit_outcomes as (
    select
        unnest(
            cast($exit_outcomes as struct(outcome varchar, any_of varchar[])[]),
            max_depth := 2
        )
),

spells as (
    select
        false as is_rate,
        gaps.population,
        outcomes.outcome,
        gaps.jobcentre,
        gaps.start_week,
        gaps.end_week,
        -- A gap ends before the week in which its measure starts.
        case when gaps.has_event then gaps.end_week end as event_week
    from analysis.gaps
    cross join gap_outcomes as outcomes
    union all
    select
        false as is_rate,
        waits.population,
        outcomes.outcome,
        waits.jobcentre,
        waits.start_week,
        waits.end_week,
        -- The week in which the first measure starts is the last of the wait.
        case when waits.has_event then waits.end_week - 7 end as event_week
    from analysis.waits
    cross join wait_outcomes as outcomes
    union all
    select
        true as is_rate,
        parts.population,
        outcomes.outcome,
        parts.jobcentre,
        -- Each week on the benefit is at risk of the next one showing a way out.
        parts.start_week + 7 as start_week,
        parts.end_week + 7 as end_week,
        case
            when list_contains(outcomes.any_of, parts.way_out) then parts.end_week
        end as event_week
    from analysis.stay_parts as parts
    cross join exit_outcomes as outcomes
),

weekly as (
    select
        population,
        outcome,
        jobcentre,
        cast($first_week as date) + 7 * unnest(week_numbers) as week,
        0 as numerator,
        week_weight as denominator
    from analysis.mean_courses
    union all
    select
        population,
        outcome,
        jobcentre,
        cast($first_week as date) + 7 * unnest(outcome_week_numbers) as week,
        unnest(outcome_amounts) as numerator,
        0 as denominator
    from analysis.mean_courses
    union all
    select
        population,
        outcome,
        jobcentre,
        cast(unnest(generate_series(start_week, end_week - 7, interval 7 days)) as date) as week,
        cast(not is_rate as integer) as numerator,
        cast(is_rate as integer) as denominator
    from spells
    union all
    select
        population,
        outcome,
        jobcentre,
        event_week as week,
        cast(is_rate as integer) as numerator,
        cast(not is_rate as integer) as denominator
    from spells
    where event_week is not null
)

select
    cast(weekly.population as varchar) as population,
    cast(weekly.outcome as varchar) as outcome,
    cast(weekly.jobcentre as varchar) as jobcentre,
    cast(weekly.week as date) as week,
    cast(sum(weekly.numerator) as bigint) as numerator,
    cast(sum(weekly.denominator) as bigint) as denominator
from weekly
inner join staging.periods
    on
        periods.period in ('before', 'intervention')
        and weekly.week between periods.first_week and periods.last_week
group by all
order by population, outcome, jobcentre, week
