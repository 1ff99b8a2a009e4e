-- One row if jobs end in another month than they start: all their hours would count in the first.
select
    'error' as severity,
    'bfl.ajo_job_slut_dato' as place,
    format('{:,} jobs end before they start or in another month', count(*)) as fault,
    'one row per job and month, with start and end in that month' as remedy
from staging.jobs
where
    date_trunc('month', end_date) != date_trunc('month', start_date)
    or end_date < start_date
having count(*) > 0
