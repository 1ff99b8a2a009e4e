-- One row is one member of a population, with what does not change in the study: sex, origin, and
-- the age on the first day of its first week. Unknown is null.
with aged as (
    select
        members.population,
        members.person_id,
        persons.sex,
        persons.origin,
        date_sub('year', persons.birth_date, cast($first_week as date)) as age_years
    from analysis.members
    inner join core.persons on members.person_id = persons.person_id
)

select
    cast(population as varchar) as population,
    cast(person_id as varchar) as person_id,
    cast(sex as varchar) as sex,
    cast(age_years as integer) as age_years,
    cast(
        case
            when age_years < 30 then 'under_30'
            when age_years < 40 then '30_to_39'
            when age_years < 50 then '40_to_49'
            when age_years < 60 then '50_to_59'
            when age_years >= 60 then '60_and_over'
        end as varchar
    ) as age_band,
    cast(origin as varchar) as origin
from aged
order by population, person_id
