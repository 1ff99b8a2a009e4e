-- One row if there are weeks of the window in which nobody at all receives any benefit: columns
-- that were delivered before they were filled. Those at the end of a delivery are never read.
with weeks as (
    select
        cast(
            unnest(
                generate_series(
                    cast($first_week as date), cast($last_week as date), interval 7 days
                )
            ) as date
        ) as week
),

runs as (
    select distinct
        start_week,
        end_week
    from core.benefit_spells
)

select
    'warning' as severity,
    'dream.y_' || right(strftime(min(weeks.week), '%G'), 2) || strftime(min(weeks.week), '%V')
        as place,
    count(*) || ' weeks of the window, this one the first, have nobody on any benefit' as fault,
    'a delivery in which every week was reported' as remedy
from weeks
where
    not exists (
        select 1
        from runs
        where runs.start_week <= weeks.week and weeks.week < runs.end_week
    )
having count(*) > 0
