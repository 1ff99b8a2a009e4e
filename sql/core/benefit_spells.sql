-- One row is one person and one unbroken run of weeks with one benefit code.
-- Runs are found inside each row of the wide register, never by unpivoting it (decision 0001):
-- first the places where the delivered value changes, then, on these few, the decoded codes,
-- where ' 810', '810' and 810.0 are one code and null, blank and '.' are no benefit.
-- What is no whole number becomes code -1, which is in no code list and stops the run.
with weekly as (
    select
        dream.pnr as person_id,
        list_value(*columns('^y_\d{4}$')) as delivered
    from raw.dream
),

changes as (
    select
        person_id,
        delivered,
        list_filter(
            range(1, len(delivered) + 1),
            lambda i: i = 1 or delivered[i] is distinct from delivered[i - 1]
        ) as places
    from weekly
),

decoded as (
    select
        person_id,
        places,
        len(delivered) + 1 as end_place,
        list_transform(
            list_select(delivered, places),
            lambda value: case
                when trim(cast(value as varchar)) in ('', '.') then null
                when regexp_full_match(trim(cast(value as varchar)), '\d{1,4}(\.0*)?')
                    then cast(cast(trim(cast(value as varchar)) as double) as smallint)
                when value is not null then -1
            end
        ) as codes
    from changes
),

merged as (
    select
        person_id,
        places,
        codes,
        end_place,
        list_filter(
            range(1, len(codes) + 1),
            lambda i: i = 1 or codes[i] is distinct from codes[i - 1]
        ) as kept
    from decoded
),

runs as (
    select
        person_id,
        unnest(list_select(codes, kept)) as benefit_code,
        unnest(list_select(places, kept)) as start_place,
        unnest(list_append(list_select(places, kept)[2:], end_place)) as end_place
    from merged
)

select
    cast(person_id as varchar) as person_id,
    cast(benefit_code as smallint) as benefit_code,
    cast($dream_first_week + cast(7 * (start_place - 1) as integer) as date) as start_week,
    cast($dream_first_week + cast(7 * (end_place - 1) as integer) as date) as end_week
from runs
where benefit_code is not null
order by person_id, start_week
