-- One row is one municipality and the years in which one job centre served it.
select
    cast(municipalities.code as smallint) as municipality_code,
    cast(municipalities.name as varchar) as municipality,
    cast(municipalities.jobcentre as varchar) as jobcentre,
    cast(municipalities.valid_from_year as smallint) as first_year,
    cast(nullif(municipalities.valid_to_year, '') as smallint) as last_year
from codes.municipalities
order by municipality_code, first_year
