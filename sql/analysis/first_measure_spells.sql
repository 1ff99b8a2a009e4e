-- One row is one wait for the first measure as one window sees it under one sampling (methods,
-- "duration to first measure"; decision 0020). The week in which the measure starts is the last of
-- the weeks at risk. It is censored, too, when the window ends.
with seen as (
    select
        waits.population,
        periods.period,
        waits.person_id,
        waits.jobcentre,
        waits.start_week,
        greatest(waits.start_week, periods.first_week) as entry_week,
        least(waits.end_week, periods.last_week + 7) as exit_week,
        waits.has_event and waits.end_week <= periods.last_week + 7 as has_event
    from analysis.waits
    inner join staging.periods
        on waits.start_week <= periods.last_week and periods.first_week < waits.end_week
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
