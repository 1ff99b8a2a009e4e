-- One row if quarters of the window are missing from the population register: nobody's municipality
-- would be known in them. A week belongs to the quarter of its Thursday.
with quarters as (
    select distinct date_trunc('quarter', cast(week as date) + 3) as quarter_date
    from (
        select
            unnest(
                generate_series(
                    cast($first_week as date), cast($last_week as date), interval 7 days
                )
            ) as week
    )
),

delivered as (
    select distinct date_trunc('quarter', decode_date(bef.referencetid)) as quarter_date
    from raw.bef
)

select
    case when $needs_quarters then 'error' else 'warning' end as severity,
    'bef.referencetid' as place,
    count(*) || ' quarters of the window are missing, the first '
    || year(min(quarters.quarter_date)) || '-Q' || quarter(min(quarters.quarter_date)) as fault,
    'every quarter of the window, or no population register' as remedy
from quarters
anti join delivered on quarters.quarter_date = delivered.quarter_date
where $has_register
having count(*) > 0
