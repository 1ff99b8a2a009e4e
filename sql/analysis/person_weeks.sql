-- One row is one week of the study that one member of a population spent on its benefit under a
-- known job centre. A week belongs to the month of its Thursday; a month's ordinary hours are
-- 160.33 to a full-time month of 37 hours a week.
with weekly as (
    select
        population,
        person_id,
        jobcentre,
        measure,
        cast(
            unnest(generate_series(start_week, end_week - 7, interval 7 days)) as date
        ) as week
    from analysis.member_spells
    where jobcentre is not null
)

select
    cast(weekly.population as varchar) as population,
    cast(weekly.person_id as varchar) as person_id,
    cast(weekly.week as date) as week,
    cast(periods.period as varchar) as period,
    cast(weekly.jobcentre as varchar) as jobcentre,
    cast(weekly.measure as varchar) as measure,
    -- A delivery with jobs holds every job, so a month without a row is a month without hours;
    -- without jobs nothing is known.
    cast(
        case when $has_hours then coalesce(hours.ordinary_hours, 0) * 37 / 160.33 end as double
    ) as ordinary_hours
from weekly
inner join staging.periods
    on
        periods.period in ('before', 'intervention')
        and weekly.week between periods.first_week and periods.last_week
left join staging.ordinary_hours as hours
    on
        weekly.person_id = hours.person_id
        and hours.month_date = date_trunc('month', weekly.week + 3)
order by population, person_id, week
