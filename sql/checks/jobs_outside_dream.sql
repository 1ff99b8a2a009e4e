-- One row says how many jobs belong to people who are not in DREAM: not a fault, but counted. If no
-- job belongs to anyone in DREAM, the two registers write their keys in different ways.
with dream as (select distinct pnr from raw.dream),

counted as (
    select
        count(*) as n_jobs,
        count_if(dream.pnr is null) as n_outside
    from staging.jobs
    left join dream on jobs.person_id = dream.pnr
)

select
    case when n_outside = n_jobs then 'error' else 'warning' end as severity,
    'bfl.pnr' as place,
    case
        when n_outside = n_jobs
            then format('not one of {:,} jobs belongs to a person of DREAM', n_jobs)
        else format('{:,} jobs belong to people who are not in DREAM and were ignored', n_outside)
    end as fault,
    case
        when n_outside = n_jobs then 'keys written the same way in both, leading zeros included'
        else 'nothing to do; DREAM holds only people who received a benefit'
    end as remedy
from counted
where n_outside > 0
