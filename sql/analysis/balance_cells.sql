-- One row is one characteristic of one job centre's members in the year before, as sums from which
-- the mean and the variance of any group of job centres follow.
select
    cast(population as varchar) as population,
    cast(characteristic as varchar) as characteristic,
    cast(jobcentre as varchar) as jobcentre,
    cast(count(*) as integer) as n_persons,
    cast(sum(amount) as double) as total,
    cast(sum(cast(amount as decimal(18, 6)) * amount) as double) as total_squares
from analysis.characteristics
group by population, characteristic, jobcentre
order by population, characteristic, jobcentre
