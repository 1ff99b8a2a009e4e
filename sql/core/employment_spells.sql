-- One row is one person of DREAM and one unbroken run of at least four weeks in employment: weeks
-- without any benefit, in months with pay (decision 0031). Not built unless it is asked for. A week
-- without a benefit is not employment by itself, nor is pay beside a benefit.
with edges as (
    select
        person_id,
        start_week,
        end_week
    from core.benefit_spells
    union all
    select
        person_id,
        unnest([$dream_first_week, $dream_last_week + 7]) as start_week,
        unnest([$dream_first_week, $dream_last_week + 7]) as end_week
    from core.persons
),

unsupported as (
    select
        person_id,
        end_week as start_week,
        lead(start_week) over (partition by person_id order by start_week, end_week) as end_week
    from edges
),

employed as (
    select
        unsupported.person_id,
        greatest(unsupported.start_week, pay.start_week) as start_week,
        least(unsupported.end_week, pay.end_week) as end_week
    from unsupported
    inner join staging.pay_spells as pay
        on
            unsupported.person_id = pay.person_id
            and unsupported.start_week < pay.end_week
            and pay.start_week < unsupported.end_week
)

select
    cast(person_id as varchar) as person_id,
    cast(start_week as date) as start_week,
    cast(end_week as date) as end_week
from employed
where end_week - start_week >= 28
order by person_id, start_week
