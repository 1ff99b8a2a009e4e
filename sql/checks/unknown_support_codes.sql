-- One row is one support code of e-income that is in no code list.
select
    'error' as severity,
    'bfl.stoette_besk_kode' as place,
    coalesce('support code ' || bfl.stoette_besk_kode, 'no support code')
    || ' is in no code list, on ' || count(*) || ' jobs' as fault,
    'a code of data_schemas/codes/support_codes.csv; 0 is an ordinary job' as remedy
from raw.bfl
anti join codes.support_codes as supports
    on
        try_cast(bfl.stoette_besk_kode as double)
        = cast(supports.support_code as double)
group by bfl.stoette_besk_kode
order by bfl.stoette_besk_kode
