-- One row is one unbroken run of weeks that a member of a population spent on its benefit with
-- one code in one municipality. All delivered weeks are here, not only the study's: gaps that
-- are under way at a window's start began earlier. The job centre is null where none is known.
select
    cast(members.population as varchar) as population,
    cast(members.person_id as varchar) as person_id,
    cast(greatest(spells.start_week, residences.start_week) as date) as start_week,
    cast(least(spells.end_week, residences.end_week) as date) as end_week,
    cast(residences.jobcentre as varchar) as jobcentre,
    cast(codes.measure as varchar) as measure,
    cast(codes.is_measure as boolean) as is_measure
from analysis.members
inner join staging.populations on members.population = populations.population
inner join core.benefit_spells as spells on members.person_id = spells.person_id
inner join staging.benefit_codes as codes
    on spells.benefit_code = codes.benefit_code and populations.benefit = codes.benefit
inner join core.residences
    on
        members.person_id = residences.person_id
        and spells.start_week < residences.end_week
        and residences.start_week < spells.end_week
order by population, person_id, start_week
