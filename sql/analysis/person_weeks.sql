-- One row is one week of the study in which one member of a population counts under a known job
-- centre: on its benefit, or off it where the population counts all weeks. A week belongs to the
-- month of its Thursday; a month's ordinary hours are 160.33 to a full-time month of 37 hours a
-- week.
with weekly as (
    select
        population,
        person_id,
        jobcentre,
        measure,
        true as is_on_benefit,
        cast(
            unnest(generate_series(start_week, end_week - 7, interval 7 days)) as date
        ) as week
    from analysis.member_spells
    where jobcentre is not null
    union all
    select
        population,
        person_id,
        jobcentre,
        'none' as measure,
        false as is_on_benefit,
        week
    from analysis.weeks_off_benefit
    where jobcentre is not null
),

paid as (
    select
        weekly.*,
        -- A delivery with jobs holds every job, so a month without a row is a month without hours;
        -- without jobs nothing is known.
        case when $has_hours then coalesce(hours.ordinary_hours, 0) end as month_hours
    from weekly
    left join staging.ordinary_hours as hours
        on
            weekly.person_id = hours.person_id
            and hours.month_date = date_trunc('month', weekly.week + 3)
)

select
    cast(paid.population as varchar) as population,
    cast(paid.person_id as varchar) as person_id,
    cast(paid.week as date) as week,
    cast(periods.period as varchar) as period,
    cast(paid.jobcentre as varchar) as jobcentre,
    cast(paid.is_on_benefit as boolean) as is_on_benefit,
    cast(paid.measure as varchar) as measure,
    cast(paid.month_hours as decimal(12, 2)) as month_hours,
    cast(paid.month_hours * 37 / 160.33 as double) as ordinary_hours
from paid
inner join staging.periods
    on
        periods.period in ('before', 'intervention')
        and paid.week between periods.first_week and periods.last_week
order by population, person_id, week
