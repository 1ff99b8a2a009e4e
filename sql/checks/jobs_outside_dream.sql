-- One row says how many jobs belong to people who are not in DREAM: not a fault, but counted.
select
    'warning' as severity,
    'bfl.pnr' as place,
    count(*) || ' jobs belong to people who are not in DREAM and were ignored' as fault,
    'nothing to do; DREAM holds only people who received a benefit' as remedy
from raw.bfl
anti join raw.dream on cast(bfl.pnr as varchar) = cast(dream.pnr as varchar)
having count(*) > 0
