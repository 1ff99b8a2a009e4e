-- One row is one population of the study, with the windows in which receiving its benefit makes
-- someone a member (decision 0004) and the weeks in which members count (decision 0048).
with populations as (
    select
        unnest(
            cast(
                $populations as struct(
                    population varchar, benefit varchar, received_in varchar[], weeks varchar
                )[]
            ),
            max_depth := 2
        )
)

select
    cast(population as varchar) as population,
    cast(benefit as varchar) as benefit,
    cast(received_in as varchar[]) as received_in,
    cast(weeks as varchar) as weeks
from populations
order by population
