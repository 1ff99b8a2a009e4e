-- One row is one person and one month with paid hours in ordinary jobs.
-- A job lies within one month, so its start date gives the month. What could not be read is null
-- and breaks the contract of this table with a count.
with ordinary_jobs as (
    select
        jobs.person_id,
        date_trunc('month', jobs.start_date) as month_date,
        jobs.paid_hours
    from staging.jobs
    inner join codes.support_codes as supports
        on jobs.support_code = cast(supports.support_code as smallint)
    where cast(supports.is_ordinary as boolean)
)

select
    cast(person_id as varchar) as person_id,
    cast(month_date as date) as month_date,
    cast(sum(paid_hours) as decimal(12, 2)) as ordinary_hours
from ordinary_jobs
group by person_id, month_date
having sum(paid_hours) > 0 or count(paid_hours) < count(*)
order by person_id, month_date
