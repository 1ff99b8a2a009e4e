-- One row says how many person-weeks in the window have codes whose meaning is not documented.
select
    'warning' as severity,
    'dream' as place,
    'benefit codes listed as unverified: '
    || string_agg(distinct codes.benefit_code, ', ' order by codes.benefit_code)
    || format(', on {:,} spells in the window', count(*)) as fault,
    'nothing to do if the study does not use these benefits' as remedy
from core.benefit_spells as spells
inner join staging.benefit_codes as codes on spells.benefit_code = codes.benefit_code
where
    not codes.is_documented
    and spells.start_week <= $last_week
    and $first_week < spells.end_week
having count(*) > 0
