-- One row if jobs end in another month than they start: all their hours would count in the first.
select
    'error' as severity,
    'bfl.ajo_job_slut_dato' as place,
    count(*) || ' jobs end before they start or in another month' as fault,
    'one row per job and month, with start and end in that month' as remedy
from raw.bfl
where
    date_trunc('month', decode_date(bfl.ajo_job_slut_dato))
    != date_trunc('month', decode_date(bfl.ajo_job_start_dato))
    or decode_date(bfl.ajo_job_slut_dato) < decode_date(bfl.ajo_job_start_dato)
having count(*) > 0
