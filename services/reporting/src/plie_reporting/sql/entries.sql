with entry as (
    select journey.sex, journey.age_band, journey.rsa, journey.qpv, journey.education,
           case when journey.long_term then 'yes' else 'no' end as long_term, journey.barriers
    from $journey journey
    cross join lateral (
        select journey.opened_on as on_date, journey.maison,
               journey.residence as commune, journey.residence_territory as territory
    ) thing
    where thing.on_date between :first and :last$conditions
)
select told.dimension, told.key, count(*) as n
from entry cross join lateral (
    values ('sex', sex), ('age_band', age_band), ('rsa', rsa), ('qpv', qpv), ('education', education),
           ('long_term', long_term)
    union all select 'barrier', unnest(barriers)
) told(dimension, key)
group by 1, 2
