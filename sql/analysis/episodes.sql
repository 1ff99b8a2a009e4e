-- One row is one unbroken run of weeks of a member on the benefit in one job centre.
-- Leaving the benefit, moving to another job centre and losing the municipality end an episode;
-- moving inside one job centre does not. Gaps live inside episodes (decision 0003).
with preceded as (
    select
        population,
        person_id,
        jobcentre,
        start_week,
        end_week,
        lag(end_week) over career as last_end_week,
        lag(jobcentre) over career as last_jobcentre
    from analysis.member_spells
    where jobcentre is not null
    window career as (partition by population, person_id order by start_week)
),

numbered as (
    select
        population,
        person_id,
        jobcentre,
        start_week,
        end_week,
        count_if(start_week is distinct from last_end_week or jobcentre != last_jobcentre)
            over (partition by population, person_id order by start_week)
            as episode_number
    from preceded
)

select
    cast(population as varchar) as population,
    cast(person_id as varchar) as person_id,
    cast(jobcentre as varchar) as jobcentre,
    cast(min(start_week) as date) as start_week,
    cast(max(end_week) as date) as end_week
from numbered
group by population, person_id, jobcentre, episode_number
order by population, person_id, start_week
