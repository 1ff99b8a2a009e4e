-- One row if months of the window have no job at all: their hours are unknown, not zero. A week
-- belongs to the month of its Thursday.
with months as (
    select distinct date_trunc('month', cast(week as date) + 3) as month_date
    from (
        select
            unnest(
                generate_series(
                    cast($first_week as date), cast($last_week as date), interval 7 days
                )
            ) as week
    )
)

select
    case when $needs_hours then 'error' else 'warning' end as severity,
    'bfl' as place,
    count(*) || ' months of the window have no job at all, the first '
    || strftime(min(months.month_date), '%Y-%m') as fault,
    'e-income for every month, or an earlier last week' as remedy
from months
anti join staging.jobs
    on months.month_date = date_trunc('month', jobs.start_date)
where $has_hours
having count(*) > 0
