-- One row is one support code of e-income that is in no code list. What is no whole number of up to
-- three digits may be anything, a person's key too, and is counted but not shown.
with jobs as (
    select
        case
            when regexp_full_match(trim(cast(bfl.stoette_besk_kode as varchar)), '\d{1,3}(\.0*)?')
                then cast(cast(trim(cast(bfl.stoette_besk_kode as varchar)) as double) as smallint)
        end as support_code
    from raw.bfl
)

select
    'error' as severity,
    'bfl.stoette_besk_kode' as place,
    coalesce(
        'support code ' || jobs.support_code || ' is in no code list',
        'no support code that can be read'
    )
    || ', on ' || count(*) || ' jobs' as fault,
    'a code of data_schemas/codes/support_codes.csv; 0 is an ordinary job' as remedy
from jobs
anti join codes.support_codes as supports
    on jobs.support_code = cast(supports.support_code as smallint)
group by jobs.support_code
order by jobs.support_code
