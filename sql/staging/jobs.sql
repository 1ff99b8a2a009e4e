-- One row is one job of one person in one month, decoded; whatever else reads e-income reads this.
-- Hours are decimals: sums of floats depend on the order of the rows. What cannot be read is null
-- here; the contract of raw.bfl has counted it.
with jobs as (
    select
        bfl.pnr as person_id,
        decode_date(bfl.ajo_job_start_dato) as start_date,
        decode_date(bfl.ajo_job_slut_dato) as end_date,
        decode_number(bfl.ajo_loentimer) as paid_hours,
        decode_code(bfl.stoette_besk_kode) as support_code
    from raw.bfl
)

select
    cast(person_id as varchar) as person_id,
    cast(start_date as date) as start_date,
    cast(end_date as date) as end_date,
    cast(paid_hours as decimal(9, 2)) as paid_hours,
    cast(support_code as smallint) as support_code
from jobs
order by person_id, start_date, end_date, paid_hours, support_code
