-- One row is one benefit code in the window that is in no code list: it would be silently taken
-- for no measure. Named are the code, the first week column that holds it, and the person-weeks.
with unknown as (
    select
        spells.benefit_code,
        greatest(spells.start_week, $first_week) as start_week,
        least(spells.end_week, $last_week + 7) as end_week
    from core.benefit_spells as spells
    anti join staging.benefit_codes as codes on spells.benefit_code = codes.benefit_code
    where spells.start_week <= $last_week and $first_week < spells.end_week
)

select
    'error' as severity,
    'dream.y_' || right(strftime(min(start_week), '%G'), 2) || strftime(min(start_week), '%V')
        as place,
    case
        when benefit_code = -1 then 'text that is no benefit code'
        else 'benefit code ' || benefit_code || ' is in no code list'
    end
    || format(
        ', from this week column on in {:,} person-weeks', sum((end_week - start_week) // 7)
    ) as fault,
    'add the code to data_schemas/codes/benefit_codes.csv or mend the delivery' as remedy
from unknown
group by benefit_code
order by benefit_code
