-- One row is the part of a stay on the benefit that lies in one episode, in one job centre, before
-- any window cuts it (methods, "exits"; decision 0020). Who moves has a part in each job centre,
-- and only the last part of a stay has its way out. Stays inside which the delivery begins are left
-- out: nobody knows how long they had lasted.
select
    cast(stays.population as varchar) as population,
    cast(stays.person_id as varchar) as person_id,
    cast(episodes.jobcentre as varchar) as jobcentre,
    cast(stays.start_week as date) as stay_start_week,
    cast(episodes.start_week as date) as start_week,
    cast(episodes.end_week as date) as end_week,
    cast(case when episodes.end_week = stays.end_week then stays.way_out end as varchar) as way_out
from analysis.stays
inner join analysis.episodes
    on
        stays.population = episodes.population
        and stays.person_id = episodes.person_id
        and episodes.start_week >= stays.start_week
        and episodes.start_week < stays.end_week
where stays.weeks_since_last > 0
order by population, person_id, start_week
