-- One row is one person of DREAM. Of sex and birth the population register knows more than DREAM,
-- which stands in where the one was not delivered or does not know the person.
select
    cast(persons.person_id as varchar) as person_id,
    cast(coalesce(registered.sex, persons.sex) as varchar) as sex,
    cast(coalesce(registered.birth_date, persons.birth_date) as date) as birth_date,
    cast(registered.origin as varchar) as origin
from staging.dream_persons as persons
left join staging.registered_persons as registered on persons.person_id = registered.person_id
order by person_id
