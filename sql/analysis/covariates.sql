-- One row is one member of a population, with what does not change in the study: sex, origin, the
-- age on the first day of its first week, and what there was of the benefit and of measures before
-- that week, in the delivered weeks. What comes later may be the doing of the programme. Unknown is
-- null.
with earlier_weeks as (
    select
        population,
        person_id,
        sum((least(end_week, cast($first_week as date)) - start_week) // 7) as n_weeks
    from analysis.member_spells
    where start_week < cast($first_week as date)
    group by population, person_id
),

earlier_measures as (
    select
        population,
        person_id,
        count(*) as n_measures
    from analysis.measure_spells
    where start_week < cast($first_week as date)
    group by population, person_id
),

described as (
    select
        members.population,
        members.person_id,
        persons.sex,
        persons.origin,
        date_sub('year', persons.birth_date, cast($first_week as date)) as age_years,
        -- Who has no such row had none of it.
        coalesce(earlier_weeks.n_weeks, 0) as n_weeks,
        coalesce(earlier_measures.n_measures, 0) as n_measures
    from analysis.members
    inner join core.persons on members.person_id = persons.person_id
    left join earlier_weeks
        on
            members.population = earlier_weeks.population
            and members.person_id = earlier_weeks.person_id
    left join earlier_measures
        on
            members.population = earlier_measures.population
            and members.person_id = earlier_measures.person_id
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
    cast(origin as varchar) as origin,
    cast(
        case
            when n_weeks = 0 then 'none'
            when n_weeks <= 52 then 'up_to_a_year'
            when n_weeks <= 104 then 'up_to_two_years'
            else 'over_two_years'
        end as varchar
    ) as time_on_benefit,
    cast(
        case n_measures when 0 then 'none' when 1 then 'one' else 'several' end as varchar
    ) as earlier_measures
from described
order by population, person_id
