-- One row if persons stand on several rows of DREAM, and one if rows have no person.
with rows_of_person as (
    select
        dream.pnr as person_id,
        count(*) as n_rows
    from raw.dream
    group by dream.pnr
)

select
    'error' as severity,
    'dream.pnr' as place,
    case
        when person_id is null then sum(n_rows) || ' rows have no person'
        else count(*) || ' persons stand on more than one row'
    end as fault,
    'one row per person, with a key' as remedy
from rows_of_person
where person_id is null or n_rows > 1
group by person_id is null
