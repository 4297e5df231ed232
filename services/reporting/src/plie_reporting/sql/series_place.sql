-- What moves the active file of a commune and of a Maison on a day.
select 'place' as series, told.code, told.detail, present.on_date, present.n, cast(null as numeric) as amount,
       present.maison, present.commune, present.territory, present.clas, present.prescriber_kind, present.sex,
       present.age_band, present.rsa, present.qpv, present.education, present.barriers
from present
cross join lateral (
    values ('commune', present.commune), ('maison', coalesce(present.maison, 'unknown'))
) as told(code, detail)
