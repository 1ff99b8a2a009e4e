-- One row is one step from everyone on the benefit to those in the estimates, in one window, with
-- the persons and person-weeks that are left after it. Nobody is dropped without a row here. Where
-- members count in all their weeks, those off the benefit come in at a step of their own.
with received as (
    select
        populations.population,
        periods.period,
        spells.person_id,
        'received' as step,
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

of_members as (
    select received.* replace (unnest(['member', 'followed']) as step)
    from received
    inner join analysis.members
        on
            received.population = members.population
            and received.person_id = members.person_id
),

followed as (
    select * from received
    union all
    select * from of_members
    union all
    select
        population,
        period,
        person_id,
        'followed' as step,
        1 as n_weeks
    from analysis.weeks_off_benefit
    union all
    select
        weeks.population,
        weeks.period,
        weeks.person_id,
        unnest(
            case
                when list_contains(cast($excluded as varchar[]), weeks.jobcentre)
                    then ['placed']
                else ['placed', 'kept']
            end
        ) as step,
        1 as n_weeks
    from analysis.person_weeks as weeks
),

steps as (
    select
        population,
        unnest(
            case
                when weeks = 'all' then ['received', 'member', 'followed', 'placed', 'kept']
                else ['received', 'member', 'placed', 'kept']
            end
        ) as step,
        generate_subscripts(
            case when weeks = 'all' then [1, 2, 3, 4, 5] else [1, 2, 3, 4] end, 1
        ) as step_number
    from staging.populations
)

select
    cast(steps.population as varchar) as population,
    cast(periods.period as varchar) as period,
    cast(steps.step_number as integer) as step_number,
    cast(
        case steps.step
            when 'received' then 'on the benefit in the window'
            when 'member' then 'and in the population'
            when 'followed' then 'with their weeks off the benefit, alive and in the country'
            when 'placed' then 'and with a known job centre'
            else 'and in a job centre that is not excluded'
        end as varchar
    ) as step,
    cast(count(distinct followed.person_id) as integer) as n_persons,
    cast(coalesce(sum(followed.n_weeks), 0) as integer) as n_weeks
from steps
cross join staging.periods
left join followed
    on
        steps.population = followed.population
        and periods.period = followed.period
        and steps.step = followed.step
where periods.period in ('before', 'intervention')
group by all
order by population, period, step_number
