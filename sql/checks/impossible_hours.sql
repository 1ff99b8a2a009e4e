-- One row if jobs have fewer than no hours or more than a month has.
select
    'error' as severity,
    'bfl.ajo_loentimer' as place,
    count(*) || ' jobs have negative hours or more than a month has' as fault,
    'paid hours of one job in one month' as remedy
from raw.bfl
where
    not isnan(try_cast(bfl.ajo_loentimer as double))
    and try_cast(bfl.ajo_loentimer as double) not between 0 and 31 * 24
having count(*) > 0
