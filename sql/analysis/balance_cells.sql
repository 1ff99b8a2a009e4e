-- One row is one characteristic of one job centre's members in the year before, as sums from which
-- the mean and the variance of any group of job centres follow. Sex, age and origin stand beside
-- what the benefits and hours tell; who they are not known of is left out of theirs.
with members as (
    select
        population,
        person_id,
        jobcentre
    from analysis.characteristics
    where characteristic = 'weeks_on_benefit'
),

personal as (
    select
        members.population,
        members.jobcentre,
        unnest(['woman_share', 'age', 'danish_origin_share']) as characteristic,
        unnest([
            cast(covariates.sex = 'woman' as integer),
            covariates.age_years,
            cast(covariates.origin = 'danish' as integer),
        ]) as amount
    from members
    inner join analysis.covariates
        on
            members.population = covariates.population
            and members.person_id = covariates.person_id
),

described as (
    select
        population,
        jobcentre,
        characteristic,
        amount
    from analysis.characteristics
    union all
    select
        population,
        jobcentre,
        characteristic,
        cast(amount as decimal(12, 6)) as amount
    from personal
)

select
    cast(population as varchar) as population,
    cast(characteristic as varchar) as characteristic,
    cast(jobcentre as varchar) as jobcentre,
    cast(count(*) as integer) as n_persons,
    cast(sum(amount) as double) as total,
    cast(sum(cast(amount as decimal(18, 6)) * amount) as double) as total_squares
from described
where amount is not null
group by population, characteristic, jobcentre
order by population, characteristic, jobcentre
