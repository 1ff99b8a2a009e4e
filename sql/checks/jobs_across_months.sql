-- One row if jobs end in another month than they start: all their hours would count in the first.
select
    'error' as severity,
    'bfl.ajo_job_slut_dato' as place,
    count(*) || ' jobs end before they start or in another month' as fault,
    'one row per job and month, with start and end in that month' as remedy
from raw.bfl
where
    date_trunc('month', try_cast(bfl.ajo_job_slut_dato as date))
    != date_trunc('month', try_cast(bfl.ajo_job_start_dato as date))
    or try_cast(bfl.ajo_job_slut_dato as date) < try_cast(bfl.ajo_job_start_dato as date)
having count(*) > 0
