-- One row is one benefit code of DREAM, with the benefit and the measure it stands for.
-- The English names are those of the glossary; `is_measure` is null where the register's
-- documentation does not say.
select
    cast(codes.code as smallint) as benefit_code,
    cast(benefits.benefit as varchar) as benefit,
    cast(measures.measure as varchar) as measure,
    cast(nullif(measures.is_measure, '') as boolean) as is_measure,
    cast(codes.status = 'documented' as boolean) as is_documented,
    cast(benefits.way_out as varchar) as way_out
from codes.benefit_codes as codes
inner join codes.benefit_groups as benefits on codes.benefit_group = benefits.benefit_group
inner join codes.measure_groups as measures on codes.measure_group = measures.measure_group
order by benefit_code
