-- One row is one week of the study that a member of a population spent off its benefit, alive and
-- in the country; only of populations whose members count in all their weeks. A period has the
-- weeks of those who make it up: its own recipients, or those of the intervention where these alone
-- are members (decision 0048). The job centre is null where none is known.
with followed as (
    select
        populations.population,
        populations.benefit,
        periods.period,
        periods.first_week,
        periods.last_week,
        case
            when list_contains(populations.received_in, periods.period) then periods.period
            else 'intervention'
        end as received_in
    from staging.populations
    inner join staging.periods on periods.period in ('before', 'intervention')
    where populations.weeks = 'all'
),

recipients as (
    select distinct
        spells.population,
        spells.person_id,
        periods.period
    from analysis.member_spells as spells
    inner join staging.periods
        on spells.start_week <= periods.last_week and periods.first_week < spells.end_week
),

all_weeks as (
    select
        followed.population,
        recipients.person_id,
        followed.period,
        residences.jobcentre,
        cast(
            unnest(
                generate_series(
                    greatest(residences.start_week, followed.first_week),
                    least(residences.end_week - 7, followed.last_week),
                    interval 7 days
                )
            ) as date
        ) as week
    from followed
    inner join recipients
        on
            followed.population = recipients.population
            and followed.received_in = recipients.period
    inner join core.residences
        on
            recipients.person_id = residences.person_id
            and residences.start_week <= followed.last_week
            and followed.first_week < residences.end_week
),

left_out as (
    select distinct
        followed.population,
        spells.person_id,
        cast(
            unnest(
                generate_series(
                    greatest(spells.start_week, followed.first_week),
                    least(spells.end_week - 7, followed.last_week),
                    interval 7 days
                )
            ) as date
        ) as week
    from followed
    inner join staging.benefit_codes as codes
        on followed.benefit = codes.benefit or codes.way_out = 'death_or_emigration'
    inner join core.benefit_spells as spells
        on
            codes.benefit_code = spells.benefit_code
            and spells.start_week <= followed.last_week
            and followed.first_week < spells.end_week
)

select
    cast(all_weeks.population as varchar) as population,
    cast(all_weeks.person_id as varchar) as person_id,
    cast(all_weeks.week as date) as week,
    cast(all_weeks.period as varchar) as period,
    cast(all_weeks.jobcentre as varchar) as jobcentre
from all_weeks
anti join left_out
    on
        all_weeks.population = left_out.population
        and all_weeks.person_id = left_out.person_id
        and all_weeks.week = left_out.week
order by population, person_id, week
