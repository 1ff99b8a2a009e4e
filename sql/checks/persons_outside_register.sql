-- One row says how many persons of DREAM are in no quarter of the population register: not a fault,
-- but counted, as no municipality is known for them. If none is, the two registers write their keys
-- in different ways.
with known as (
    select
        count(*) as n_persons,
        count_if(registered.person_id is null) as n_outside
    from raw.dream
    left join staging.registered_persons as registered on dream.pnr = registered.person_id
    where $has_register and dream.pnr is not null
)

select
    case when n_outside = n_persons then 'error' else 'warning' end as severity,
    'bef.pnr' as place,
    case
        when n_outside = n_persons
            then format(
                'not one of {:,} persons of DREAM is in the population register', n_persons
            )
        else
            format('{:,} persons of DREAM are not in the population register ', n_outside)
            || 'and have no municipality'
    end as fault,
    case
        when n_outside = n_persons
            then 'keys written the same way in both, leading zeros included'
        else 'nothing to do if they are dead or abroad'
    end as remedy
from known
where n_outside > 0
