-- One row is one characteristic of one member who was on the benefit in the year before: what there
-- was before anything was tried. The job centre is that of the member's first week in that year.
-- Earlier weeks and measures are those of the delivered weeks before that year, which are all there
-- were if the register reaches back far enough. Amounts are decimals: sums of floats depend on the
-- order of the rows.
with starts as (
    select
        weeks.population,
        weeks.person_id,
        arg_min(weeks.jobcentre, weeks.week) as jobcentre,
        count(*) as n_weeks,
        avg(weeks.ordinary_hours) as ordinary_hours,
        any_value(periods.first_week) as first_week
    from analysis.person_weeks as weeks
    inner join staging.periods on weeks.period = periods.period
    where weeks.period = 'before' and weeks.is_on_benefit
    group by weeks.population, weeks.person_id
),

earlier as (
    select
        starts.population,
        starts.person_id,
        sum((least(spells.end_week, starts.first_week) - spells.start_week) // 7) as n_weeks
    from starts
    inner join analysis.member_spells as spells
        on
            starts.population = spells.population
            and starts.person_id = spells.person_id
            and spells.start_week < starts.first_week
    group by starts.population, starts.person_id
),

earlier_measures as (
    select
        starts.population,
        starts.person_id,
        count(*) as n_measures
    from starts
    inner join analysis.measure_spells as spells
        on
            starts.population = spells.population
            and starts.person_id = spells.person_id
            and spells.start_week < starts.first_week
    group by starts.population, starts.person_id
),

spent as (
    select
        population,
        person_id,
        measure,
        count(*) as n_weeks
    from analysis.person_weeks
    where period = 'before' and is_on_benefit
    group by population, person_id, measure
),

kinds as (
    select distinct measure from spent
),

described as (
    select
        starts.population,
        starts.person_id,
        starts.jobcentre,
        unnest([
            'weeks_on_benefit', 'earlier_weeks_on_benefit', 'earlier_measures', 'ordinary_hours',
        ]) as characteristic,
        unnest([
            starts.n_weeks,
            coalesce(earlier.n_weeks, 0),
            coalesce(earlier_measures.n_measures, 0),
            starts.ordinary_hours,
        ]) as amount
    from starts
    left join earlier
        on
            starts.population = earlier.population
            and starts.person_id = earlier.person_id
    left join earlier_measures
        on
            starts.population = earlier_measures.population
            and starts.person_id = earlier_measures.person_id
    union all
    select
        starts.population,
        starts.person_id,
        starts.jobcentre,
        kinds.measure || '_share' as characteristic,
        -- No week in a kind of measure is a share of nothing.
        coalesce(own.n_weeks, 0) / starts.n_weeks as amount
    from starts
    cross join kinds
    left join spent as own
        on
            starts.population = own.population
            and starts.person_id = own.person_id
            and kinds.measure = own.measure
)

select
    cast(population as varchar) as population,
    cast(person_id as varchar) as person_id,
    cast(jobcentre as varchar) as jobcentre,
    cast(characteristic as varchar) as characteristic,
    cast(amount as decimal(12, 6)) as amount
from described
where amount is not null
order by population, person_id, characteristic
