-- One row is one person and one unbroken run of weeks with one benefit code.
-- Runs are found inside each row of the wide register, never by unpivoting it (decision 0001):
-- first the places where the delivered value changes, then, on these few, the decoded codes,
-- where ' 810', '810' and 810.0 are one code and null, blank and '.' are no benefit.
-- What is no whole number becomes code -1, which is in no code list and stops the run.
with begun as (
    select
        dream.pnr as person_id,
        struct_extract_at(row(*columns('^y_\d{4}$')), 1) as first_value,
        columns('^y_\d{4}$')
    from raw.dream
),

-- Most people have one value in all weeks: put off by a week, their row is the same. One value then
-- stands for all. To compare whole columns costs next to nothing; to look into a list costs more
-- than to read it.
weekly as (
    select
        person_id,
        row(*columns('^y_\d{4}$'), first_value) as prompt,
        row(first_value, *columns('^y_\d{4}$')) as put_off,
        case
            when (prompt is distinct from put_off) then list_value(*columns('^y_\d{4}$'))
            else list_value(first_value)
        end as delivered
    from begun
),

-- The number of weeks is the same for everyone, so that their range is made once and not for each
-- person. It starts at 2: to look for place 0 of a list makes the search a third slower.
changes as (
    select
        person_id,
        delivered,
        case
            when len(delivered) = 1 then [1]
            else list_prepend(
                1,
                list_filter(
                    range(2, ($dream_last_week - $dream_first_week) // 7 + 2),
                    lambda i: delivered[i] is distinct from delivered[i - 1]
                )
            )
        end as places
    from weekly
),

decoded as (
    select
        person_id,
        delivered,
        places,
        list_transform(
            list_select(delivered, places),
            lambda value: case
                when value is not null
                    then coalesce(decode_code(value), case when not is_blank(value) then -1 end)
            end
        ) as codes
    from changes
),

-- Numbers that differ are codes that differ, unless both are no code: then all places are kept, and
-- are not listed again.
merged as (
    select
        person_id,
        places,
        codes,
        case
            when not is_number(delivered[1]) or list_contains(codes, -1)
                then list_prepend(
                    1,
                    list_filter(
                        range(2, len(codes) + 1),
                        lambda i: codes[i] is distinct from codes[i - 1]
                    )
                )
        end as kept
    from decoded
),

runs as (
    select
        person_id,
        unnest(case when kept is null then codes else list_select(codes, kept) end) as benefit_code,
        unnest(case when kept is null then places else list_select(places, kept) end)
            as start_place,
        unnest(case when kept is null then places[2:] else list_select(places, kept)[2:] end)
            as end_place
    from merged
)

select
    cast(person_id as varchar) as person_id,
    cast(benefit_code as smallint) as benefit_code,
    cast($dream_first_week + cast(7 * (start_place - 1) as integer) as date) as start_week,
    cast(
        coalesce($dream_first_week + cast(7 * (end_place - 1) as integer), $dream_last_week + 7)
        as date
    ) as end_week
from runs
where benefit_code is not null
order by person_id, start_week
