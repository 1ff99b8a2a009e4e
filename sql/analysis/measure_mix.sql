-- One row is one job centre, window and kind of measure, with the person-weeks of the population
-- spent in it; weeks on the benefit without a measure are the kind `none`.
select
    cast(weeks.population as varchar) as population,
    cast(periods.period as varchar) as period,
    cast(weeks.jobcentre as varchar) as jobcentre,
    cast(weeks.measure as varchar) as measure,
    cast(count(*) as integer) as n_weeks
from analysis.person_weeks as weeks
inner join staging.periods on weeks.week between periods.first_week and periods.last_week
where weeks.is_on_benefit
group by all
order by population, period, jobcentre, measure
