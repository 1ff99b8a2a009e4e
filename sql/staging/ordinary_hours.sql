-- One row is one person and one month with paid hours in ordinary jobs.
-- A job lies within one month, so its start date gives the month. Hours are summed as decimals:
-- sums of floats depend on the order of the rows. What cannot be read becomes null and breaks
-- the contract of this table with a count.
with jobs as (
    select
        bfl.pnr as person_id,
        date_trunc('month', decode_date(bfl.ajo_job_start_dato)) as month_date,
        decode_number(bfl.ajo_loentimer) as paid_hours,
        decode_code(bfl.stoette_besk_kode) as support_code
    from raw.bfl
),

ordinary_jobs as (
    select
        jobs.person_id,
        jobs.month_date,
        jobs.paid_hours
    from jobs
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
