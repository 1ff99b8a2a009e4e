-- One row if residents are listed on days that end no quarter: which weeks they stand for is then
-- not known. Each way to write a day is read once.
with days as (
    select
        decode_date(bef.referencetid) as day_date,
        count(*) as n_rows
    from raw.bef
    group by bef.referencetid
)

select
    'error' as severity,
    'bef.referencetid' as place,
    format('{:,} rows are of a day that ends no quarter', sum(n_rows)) as fault,
    'the residents on the last day of March, June, September and December' as remedy
from days
where last_day(day_date) != day_date or month(day_date) % 3 != 0
having count(*) > 0
