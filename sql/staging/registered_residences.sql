-- One row is one person of DREAM and one unbroken run of weeks in one municipality, or in none that
-- is known, in the quarters of the population register. The municipality at a quarter's end holds
-- for the weeks that have their Thursday in it (decision 0027). Who is not in the register at a
-- quarter's end has a row too, so that these weeks can be counted.
with quarters as (
    select distinct
        bef.referencetid as delivered,
        date_trunc('quarter', decode_date(bef.referencetid)) + interval 3 days as fourth_day
    from raw.bef
    where decode_date(bef.referencetid) is not null
),

span as (
    select
        cast(date_trunc('week', min(fourth_day)) as date) as start_week,
        cast(date_trunc('week', max(fourth_day) + interval 3 months) as date) as end_week
    from quarters
    having count(*) > 0
),

homes as (
    select
        bef.pnr as person_id,
        case when not is_blank(bef.kom) then coalesce(decode_code(bef.kom), -1) end
            as municipality_code,
        cast(date_trunc('week', quarters.fourth_day) as date) as start_week,
        cast(date_trunc('week', quarters.fourth_day + interval 3 months) as date) as end_week
    from raw.bef
    inner join quarters on bef.referencetid = quarters.delivered
    semi join raw.dream on bef.pnr = dream.pnr
),

edges as (
    select
        person_id,
        start_week,
        end_week
    from homes
    union all
    select
        dream.pnr as person_id,
        unnest([span.start_week, span.end_week]) as start_week,
        unnest([span.start_week, span.end_week]) as end_week
    from raw.dream
    cross join span
    where dream.pnr is not null
),

complete as (
    select * from homes
    union all
    select
        person_id,
        null as municipality_code,
        end_week as start_week,
        lead(start_week) over career as end_week
    from edges
    window career as (partition by person_id order by start_week, end_week)
    qualify end_week < lead(start_week) over career
),

changes as (
    select
        person_id,
        municipality_code,
        start_week
    from complete
    window career as (partition by person_id order by start_week)
    qualify
        lag(start_week) over career is null
        or municipality_code is distinct from lag(municipality_code) over career
)

select
    cast(changes.person_id as varchar) as person_id,
    cast(changes.municipality_code as smallint) as municipality_code,
    cast(changes.start_week as date) as start_week,
    cast(
        coalesce(
            lead(changes.start_week) over (
                partition by changes.person_id order by changes.start_week
            ),
            span.end_week
        ) as date
    ) as end_week
from changes
cross join span
order by person_id, start_week
