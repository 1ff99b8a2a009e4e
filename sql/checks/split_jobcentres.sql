-- One row is one year of the window in which a joint job centre splits: nobody has moved, but
-- everybody there has another job centre from then on. It is counted, since gaps end there as they
-- do when someone moves.
with served as (
    select
        person_id,
        municipality_code,
        jobcentre,
        start_week,
        lag(jobcentre) over career as last_jobcentre,
        lag(municipality_code) over career = municipality_code
        and lag(end_week) over career = start_week as has_stayed
    from core.residences
    window career as (partition by person_id order by start_week)
)

select
    'warning' as severity,
    case
        when $has_register then 'bef.kom'
        else 'dream.nykom' || year(start_week + 3)
    end as place,
    'from ' || year(start_week + 3)
    || format(' on {:,} persons who have not moved belong to ', count(distinct person_id))
    || string_agg(distinct jobcentre, ', ' order by jobcentre)
    || ' in the place of ' || last_jobcentre || '; gaps end there as where someone moves' as fault,
    'nothing to do' as remedy
from served
where
    has_stayed
    and jobcentre != last_jobcentre
    and start_week > $first_week
    and start_week <= $last_week
group by year(start_week + 3), last_jobcentre
order by year(start_week + 3), last_jobcentre
