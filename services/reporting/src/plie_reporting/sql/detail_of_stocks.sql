select thing.code, $key as key, cast(date_trunc('month', cast(thing.on_date as timestamp)) as date) as since,
           true as is_whole, thing.n
    from thing $barriers
    where thing.on_date <= :last$conditions
