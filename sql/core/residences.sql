-- One row is one person and one run of weeks in one municipality under one job centre.
-- The register gives the municipality by year; it holds for the weeks of that ISO year
-- (decision 0002). Years without a municipality are rows too, so that their weeks can be counted.
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
            lambda value: case when not is_blank(value) then coalesce(decode_code(value), -1) end
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
        $residence_first_year + unnest(places) - 1 as first_year,
        $residence_first_year + unnest(list_append(places[2:], len(codes) + 1)) - 2 as last_year
    from changes
),

served as (
    select
        runs.person_id,
        runs.municipality_code,
        municipalities.jobcentre,
        greatest(runs.first_year, coalesce(municipalities.first_year, runs.first_year))
            as first_year,
        least(runs.last_year, coalesce(municipalities.last_year, runs.last_year)) as last_year
    from runs
    left join staging.municipalities
        on
            runs.municipality_code = municipalities.municipality_code
            and municipalities.first_year <= runs.last_year
            and runs.first_year <= coalesce(municipalities.last_year, runs.last_year)
)

select
    cast(person_id as varchar) as person_id,
    cast(municipality_code as smallint) as municipality_code,
    cast(jobcentre as varchar) as jobcentre,
    cast(date_trunc('week', make_date(first_year, 1, 4)) as date) as start_week,
    cast(date_trunc('week', make_date(last_year + 1, 1, 4)) as date) as end_week
from served
order by person_id, start_week
