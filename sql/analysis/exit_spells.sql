-- One row is a part of a stay on the benefit in one job centre, as one window sees it under one
-- sampling (methods, "exits"; decision 0020). Weeks count from the first week of the stay. Who
-- moves is censored in the old job centre and enters late in the new one. Flow: stays that begin
-- inside the window. Stock and flow: all that are under way in it. A way out has been taken in the
-- week after the last on the benefit and is seen if that week is in the window.
with seen as (
    select
        parts.population,
        periods.period,
        parts.person_id,
        parts.jobcentre,
        parts.stay_start_week,
        parts.stay_start_week >= periods.first_week as is_new,
        greatest(parts.start_week, periods.first_week) as entry_week,
        least(parts.end_week, periods.last_week + 7) as exit_week,
        case when parts.end_week <= periods.last_week then parts.way_out end as way_out
    from analysis.stay_parts as parts
    inner join staging.periods
        on parts.start_week <= periods.last_week and periods.first_week < parts.end_week
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
    cast((seen.entry_week - seen.stay_start_week) // 7 as integer) as entry_weeks,
    cast((seen.exit_week - seen.stay_start_week) // 7 as integer) as duration_weeks,
    cast(seen.way_out as varchar) as way_out
from seen
inner join samplings on samplings.sampling = 'stock_and_flow' or seen.is_new
order by population, sampling, period, person_id, entry_weeks, duration_weeks, way_out
