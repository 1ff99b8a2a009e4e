-- One row is one municipality code that is in no code list in years of the window.
-- 411, Christiansø, belongs to no municipality and to no job centre: its weeks count as weeks
-- without a municipality.
select
    'error' as severity,
    case
        when $has_register then 'bef.kom'
        else 'dream.nykom' || min(year(residences.start_week + 3))
    end as place,
    case
        when residences.municipality_code = -1 then 'text that is no municipality code'
        else 'municipality code ' || residences.municipality_code || ' is in no code list'
    end
    || format(', for {:,} persons', count(distinct residences.person_id)) as fault,
    'a code of data_schemas/codes/municipalities.csv, or nothing where it is unknown' as remedy
from core.residences
where
    residences.municipality_code is not null
    and residences.municipality_code != 411
    and residences.jobcentre is null
    and residences.start_week <= $last_week
    and $first_week < residences.end_week
group by residences.municipality_code
order by residences.municipality_code
