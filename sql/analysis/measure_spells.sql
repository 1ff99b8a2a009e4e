-- One row is one unbroken run of measure weeks of a member inside one episode, whatever the
-- kind of measure.
with placed as (
    select
        spells.population,
        spells.person_id,
        spells.start_week,
        spells.end_week,
        episodes.jobcentre,
        episodes.start_week as episode_start_week,
        episodes.end_week as episode_end_week
    from analysis.member_spells as spells
    inner join analysis.episodes
        on
            spells.population = episodes.population
            and spells.person_id = episodes.person_id
            and spells.start_week >= episodes.start_week
            and spells.start_week < episodes.end_week
    where spells.is_measure and spells.jobcentre is not null
),

preceded as (
    select
        *,
        lag(end_week) over (
            partition by population, person_id, episode_start_week order by start_week
        ) as last_end_week
    from placed
),

numbered as (
    select
        *,
        count_if(start_week is distinct from last_end_week) over (
            partition by population, person_id order by start_week
        ) as spell_number
    from preceded
)

select
    cast(population as varchar) as population,
    cast(person_id as varchar) as person_id,
    cast(jobcentre as varchar) as jobcentre,
    cast(min(start_week) as date) as start_week,
    cast(max(end_week) as date) as end_week,
    cast(episode_start_week as date) as episode_start_week,
    cast(episode_end_week as date) as episode_end_week
from numbered
group by
    population, person_id, jobcentre, episode_start_week, episode_end_week, spell_number
order by population, person_id, start_week
