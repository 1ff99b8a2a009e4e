-- One row is one window of the study: the year before, the intervention, or a phase inside it.
with periods as (
    select
        unnest(
            cast($periods as struct(period varchar, first_week date, last_week date)[]),
            max_depth := 2
        )
)

select
    cast(period as varchar) as period,
    cast(first_week as date) as first_week,
    cast(last_week as date) as last_week
from periods
order by first_week, last_week, period
