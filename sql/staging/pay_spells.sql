-- One row is one person and one unbroken run of months with pay, as the weeks that have their
-- Thursday in them. DREAM's monthly columns tell of pay where they are delivered: what is there,
-- ratio or industry, is pay, and blank is none. Otherwise paid hours in e-income do, in whatever
-- kind of job. Without either the table has no row.
with monthly as (
    select
        dream.pnr as person_id,
        list_value(*columns('^(grad|branche)_\d{4}_\d{2}$')) as delivered
    from raw.dream
    where $has_monthly_pay
),

paid as (
    select
        person_id,
        list_transform(delivered, lambda value: not is_blank(value)) as has_pay
    from monthly
),

changes as (
    select
        person_id,
        has_pay,
        list_filter(
            range(1, len(has_pay) + 1),
            lambda i: i = 1 or has_pay[i] != has_pay[i - 1]
        ) as places
    from paid
),

jobs_of_month as (
    select distinct
        person_id,
        date_trunc('month', start_date) as month_date
    from staging.jobs
    where paid_hours > 0 and not $has_monthly_pay
),

numbered as (
    select
        person_id,
        month_date,
        date_diff('month', date '2008-01-01', month_date)
        - row_number() over (partition by person_id order by month_date) as run_number
    from jobs_of_month
),

runs as (
    select
        person_id,
        unnest(list_select(has_pay, places)) as has_pay,
        $pay_first_month + to_months(cast(unnest(places) - 1 as integer)) as first_day,
        $pay_first_month
        + to_months(cast(unnest(list_append(places[2:], len(has_pay) + 1)) - 1 as integer))
            as end_day
    from changes
    union all
    select
        person_id,
        true as has_pay,
        min(month_date) as first_day,
        max(month_date) + interval 1 month as end_day
    from numbered
    group by person_id, run_number
)

select
    cast(person_id as varchar) as person_id,
    cast(date_trunc('week', first_day + interval 3 days) as date) as start_week,
    cast(date_trunc('week', end_day + interval 3 days) as date) as end_week
from runs
where has_pay and person_id is not null
order by person_id, start_week
