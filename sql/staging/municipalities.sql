-- One row is one municipality and the weeks in which one job centre served it: those of the ISO
-- years for which the code list holds (decision 0002).
select
    cast(municipalities.code as smallint) as municipality_code,
    cast(municipalities.name as varchar) as municipality,
    cast(municipalities.jobcentre as varchar) as jobcentre,
    cast(
        date_trunc('week', make_date(cast(municipalities.valid_from_year as integer), 1, 4))
        as date
    ) as start_week,
    cast(
        date_trunc(
            'week',
            make_date(cast(nullif(municipalities.valid_to_year, '') as integer) + 1, 1, 4)
        ) as date
    ) as end_week
from codes.municipalities
order by municipality_code, start_week
