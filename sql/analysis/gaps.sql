-- One row is one gap: a run of weeks on the benefit without a measure that begins the week after
-- a measure spell ends, in the same job centre (methods, "duration between measures";
-- decision 0003). It ends in the week a measure starts again (has_event) or, censored, when the
-- episode ends. A move in the very week a measure starts or ends counts as the move: the episode
-- ends there, so no measure starts and no gap begins.
with following as (
    select
        population,
        person_id,
        jobcentre,
        end_week as start_week,
        episode_end_week,
        lead(start_week) over (
            partition by population, person_id, episode_start_week order by start_week
        ) as next_measure_week
    from analysis.measure_spells
)

select
    cast(population as varchar) as population,
    cast(person_id as varchar) as person_id,
    cast(jobcentre as varchar) as jobcentre,
    cast(start_week as date) as start_week,
    cast(coalesce(next_measure_week, episode_end_week) as date) as end_week,
    cast(next_measure_week is not null as boolean) as has_event
from following
where start_week < episode_end_week
order by population, person_id, start_week
