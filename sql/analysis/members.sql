-- One row is one person of one study population: at least one week of the population's benefit
-- in a window that counts (methods, "Population"; decision 0004).
select distinct
    cast(populations.population as varchar) as population,
    cast(spells.person_id as varchar) as person_id
from core.benefit_spells as spells
inner join staging.benefit_codes as codes on spells.benefit_code = codes.benefit_code
inner join staging.populations on codes.benefit = populations.benefit
inner join staging.periods
    on
        list_contains(populations.received_in, periods.period)
        and spells.start_week <= periods.last_week
        and periods.first_week < spells.end_week
order by population, person_id
