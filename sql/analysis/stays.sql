-- One row is one stay of a member on the benefit: an unbroken run of weeks on it, whatever the
-- code and the municipality. All delivered weeks count. Fewer than four weeks without any benefit
-- are no way out: back on the benefit after them, the stay goes on; on another, that one is the
-- way out. Four such weeks or more are ordinary job or self-support. The way out is null where the
-- delivery ends before it can be told (decision 0020).
with received as (
    select
        members.population,
        members.person_id,
        spells.start_week,
        spells.end_week,
        codes.benefit = populations.benefit as is_studied,
        codes.way_out
    from analysis.members
    inner join staging.populations on members.population = populations.population
    inner join core.benefit_spells as spells on members.person_id = spells.person_id
    inner join staging.benefit_codes as codes on spells.benefit_code = codes.benefit_code
),

sequenced as (
    select
        *,
        lag(is_studied) over career and start_week - lag(end_week) over career < 28 as goes_on,
        lead(is_studied) over career and lead(start_week) over career - end_week < 28
            as will_go_on,
        lead(way_out) over career as next_way_out,
        lead(start_week) over career as next_week
    from received
    window career as (partition by population, person_id order by start_week)
),

numbered as (
    select
        population,
        person_id,
        start_week,
        end_week,
        count_if(goes_on is not true) over (
            partition by population, person_id order by start_week
        ) as stay_number,
        case
            when will_go_on then null
            when next_week - end_week < 28 then next_way_out
            when end_week + 28 <= $dream_last_week + 7 then 'ordinary_job_or_self_support'
        end as way_out
    from sequenced
    where is_studied
),

stays as (
    select
        population,
        person_id,
        min(start_week) as start_week,
        max(end_week) as end_week,
        max(way_out) as way_out
    from numbered
    group by population, person_id, stay_number
)

select
    cast(population as varchar) as population,
    cast(person_id as varchar) as person_id,
    cast(start_week as date) as start_week,
    cast(end_week as date) as end_week,
    cast(
        (
            start_week - coalesce(
                lag(end_week) over (partition by population, person_id order by start_week),
                $dream_first_week
            )
        ) // 7 as integer
    ) as weeks_since_last,
    cast(way_out as varchar) as way_out
from stays
order by population, person_id, start_week
