-- One row is one column of e-income with values that cannot be read, where every job needs one.
with faults as (
    select
        unnest(['pnr', 'ajo_job_start_dato', 'ajo_loentimer']) as column_name,
        unnest([
            count_if(pnr is null),
            count_if(try_cast(ajo_job_start_dato as date) is null),
            count_if(try_cast(ajo_loentimer as decimal(9, 2)) is null),
        ]) as n_jobs,
        unnest([
            'a person key on every row',
            'a date such as 2018-01-31',
            'hours such as 37.5',
        ]) as remedy
    from raw.bfl
)

select
    'error' as severity,
    'bfl.' || column_name as place,
    n_jobs || ' jobs have no value that can be read' as fault,
    remedy
from faults
where n_jobs > 0
order by column_name
