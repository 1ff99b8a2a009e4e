-- One row is one person of DREAM, with what that register itself says of sex and age. It gives
-- the age at week 31 of 1991 in whole years, negative for those born later, so the birthday
-- may be anywhere in a year: the date is the middle of it, at most half a year off.
with persons as (
    select
        dream.pnr as person_id,
        case decode_code(dream.kon) when 1 then 'man' when 2 then 'woman' end as sex,
        cast(floor(decode_number(dream.alder9131)) as integer) as age_years
    from raw.dream
    where dream.pnr is not null
)

select
    cast(person_id as varchar) as person_id,
    cast(sex as varchar) as sex,
    cast(date '1991-01-29' - to_years(age_years) as date) as birth_date
from persons
order by person_id
