-- One row is one step from everyone on the benefit to those in the estimates, in one window, with
-- the persons and person-weeks that are left after it. Nobody is dropped without a row here.
with received as (
    select
        populations.population,
        periods.period,
        spells.person_id,
        1 as step_number,
        (
            least(spells.end_week, periods.last_week + 7)
            - greatest(spells.start_week, periods.first_week)
        ) // 7 as n_weeks
    from core.benefit_spells as spells
    inner join staging.benefit_codes as codes on spells.benefit_code = codes.benefit_code
    inner join staging.populations on codes.benefit = populations.benefit
    inner join staging.periods
        on
            periods.period in ('before', 'intervention')
            and spells.start_week <= periods.last_week
            and periods.first_week < spells.end_week
),

followed as (
    select * from received
    union all
    select received.* replace (2 as step_number)
    from received
    inner join analysis.members
        on
            received.population = members.population
            and received.person_id = members.person_id
    union all
    select
        weeks.population,
        weeks.period,
        weeks.person_id,
        unnest(
            case
                when list_contains(cast($excluded as varchar[]), weeks.jobcentre)
                    then [3]
                else [3, 4]
            end
        ) as step_number,
        1 as n_weeks
    from analysis.person_weeks as weeks
),

steps as (
    select
        unnest([1, 2, 3, 4]) as step_number,
        unnest([
            'on the benefit in the window',
            'and in the population',
            'and with a known job centre',
            'and in a job centre that is not excluded',
        ]) as step
)

select
    cast(populations.population as varchar) as population,
    cast(periods.period as varchar) as period,
    cast(steps.step_number as integer) as step_number,
    cast(steps.step as varchar) as step,
    cast(count(distinct followed.person_id) as integer) as n_persons,
    cast(coalesce(sum(followed.n_weeks), 0) as integer) as n_weeks
from staging.populations
cross join staging.periods
cross join steps
left join followed
    on
        populations.population = followed.population
        and periods.period = followed.period
        and steps.step_number = followed.step_number
where periods.period in ('before', 'intervention')
group by all
order by population, period, step_number
