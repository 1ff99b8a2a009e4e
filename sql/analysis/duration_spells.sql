-- One row is one gap as one window sees it under one sampling (methods, "duration between
-- measures"). Flow: gaps that begin inside the window. Stock and flow: those, and gaps under way
-- at the window's start, which enter at the duration they already have. All are censored at the
-- window's end; a measure that starts the week after it is not seen.
with seen as (
    select
        gaps.population,
        periods.period,
        gaps.person_id,
        gaps.jobcentre,
        gaps.start_week,
        greatest(gaps.start_week, periods.first_week) as entry_week,
        least(gaps.end_week, periods.last_week + 7) as exit_week,
        gaps.has_event and gaps.end_week <= periods.last_week as has_event
    from analysis.gaps
    inner join staging.periods
        on gaps.start_week <= periods.last_week and periods.first_week < gaps.end_week
),

samplings as (
    select unnest(['flow', 'stock_and_flow']) as sampling
)

select
    cast(seen.population as varchar) as population,
    cast(samplings.sampling as varchar) as sampling,
    cast(seen.period as varchar) as period,
    cast(seen.person_id as varchar) as person_id,
    cast(seen.jobcentre as varchar) as jobcentre,
    cast((seen.entry_week - seen.start_week) // 7 as integer) as entry_weeks,
    cast((seen.exit_week - seen.start_week) // 7 as integer) as duration_weeks,
    cast(seen.has_event as boolean) as has_event
from seen
inner join samplings
    on samplings.sampling = 'stock_and_flow' or seen.entry_week = seen.start_week
order by population, sampling, period, person_id, entry_weeks, duration_weeks, has_event
