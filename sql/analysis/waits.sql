-- One row is one wait for the first measure, whatever the windows (methods, "duration to first
-- measure"; decision 0020). It begins with the first week of a new stay on the benefit, none in the
-- 26 weeks before. The weeks are those at risk: the week in which the measure starts is the last
-- of them, so a measure in the first week is a wait of one. It is censored when the benefit ends or
-- the person moves to another job centre.
select
    cast(episodes.population as varchar) as population,
    cast(episodes.person_id as varchar) as person_id,
    cast(episodes.jobcentre as varchar) as jobcentre,
    cast(episodes.start_week as date) as start_week,
    cast(coalesce(min(measures.start_week) + 7, any_value(episodes.end_week)) as date) as end_week,
    cast(count(measures.start_week) > 0 as boolean) as has_event
from analysis.stays
inner join analysis.episodes
    on
        stays.population = episodes.population
        and stays.person_id = episodes.person_id
        and stays.start_week = episodes.start_week
left join analysis.measure_spells as measures
    on
        episodes.population = measures.population
        and episodes.person_id = measures.person_id
        and episodes.start_week = measures.episode_start_week
where stays.weeks_since_last >= 26
group by episodes.population, episodes.person_id, episodes.jobcentre, episodes.start_week
order by population, person_id, start_week
