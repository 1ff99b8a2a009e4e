-- One row is one person of the population register, with what it last said of sex, birth, origin.
-- Dates are read once for each way they are written, not once for each row.
with quarters as (
    select distinct
        bef.referencetid as delivered,
        decode_date(bef.referencetid) as quarter_date
    from raw.bef
),

latest as (
    select
        bef.pnr as person_id,
        arg_max(bef.koen, quarters.quarter_date) as sex_code,
        arg_max(bef.foed_dag, quarters.quarter_date) as birth,
        arg_max(bef.ie_type, quarters.quarter_date) as origin_code
    from raw.bef
    inner join quarters on bef.referencetid = quarters.delivered
    where bef.pnr is not null
    group by bef.pnr
)

select
    cast(person_id as varchar) as person_id,
    cast(case decode_code(sex_code) when 1 then 'man' when 2 then 'woman' end as varchar) as sex,
    cast(decode_date(birth) as date) as birth_date,
    cast(
        case decode_code(origin_code)
            when 1 then 'danish'
            when 2 then 'immigrant'
            when 3 then 'descendant'
        end as varchar
    ) as origin
from latest
order by person_id
