-- One row is one person and one run of weeks in one municipality under one job centre.
-- DREAM gives the municipality by year; it holds for the weeks of that ISO year (decision 0002).
-- In the quarters of the population register, that one is believed instead (decision 0027).
-- Years without a municipality are rows too, so that their weeks can be counted.
-- What is no whole number becomes code -1, which is in no code list and stops the run.
-- A change of the job centre that serves a municipality starts a new row.
with yearly as (
    select
        dream.pnr as person_id,
        list_value(*columns('^nykom\d{4}$')) as delivered
    from raw.dream
),

decoded as (
    select
        person_id,
        list_transform(
            delivered,
            lambda value: coalesce(
                decode_code(value), case when not is_blank(value) then -1 end
            )
        ) as codes
    from yearly
),

changes as (
    select
        person_id,
        codes,
        list_filter(
            range(1, len(codes) + 1),
            lambda i: i = 1 or codes[i] is distinct from codes[i - 1]
        ) as places
    from decoded
),

runs as (
    select
        person_id,
        unnest(list_select(codes, places)) as municipality_code,
        date_trunc('week', make_date($residence_first_year + unnest(places) - 1, 1, 4))
            as start_week,
        date_trunc(
            'week',
            make_date(
                $residence_first_year + unnest(list_append(places[2:], len(codes) + 1)) - 1, 1, 4
            )
        ) as end_week
    from changes
),

registered as (
    select
        coalesce(min(start_week), date '9999-01-01') as start_week,
        coalesce(max(end_week), date '9999-01-01') as end_week
    from staging.registered_residences
),

placed as (
    select
        runs.person_id,
        runs.municipality_code,
        unnest([runs.start_week, greatest(runs.start_week, registered.end_week)]) as start_week,
        unnest([least(runs.end_week, registered.start_week), runs.end_week]) as end_week
    from runs
    cross join registered
    union all
    select
        person_id,
        municipality_code,
        start_week,
        end_week
    from staging.registered_residences
)

select
    cast(placed.person_id as varchar) as person_id,
    cast(placed.municipality_code as smallint) as municipality_code,
    cast(services.jobcentre as varchar) as jobcentre,
    cast(greatest(placed.start_week, services.start_week) as date) as start_week,
    cast(least(placed.end_week, services.end_week) as date) as end_week
from placed
left join staging.municipalities as services
    on
        placed.municipality_code = services.municipality_code
        and (services.end_week is null or placed.start_week < services.end_week)
        and services.start_week < placed.end_week
where placed.start_week < placed.end_week
order by person_id, start_week
