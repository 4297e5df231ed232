select thing.code, $key, cast(date_trunc('month', cast(thing.on_date as timestamp)) as date), false, thing.n
    from thing $barriers
    where thing.code <> 'coverage.open_month'
      and (thing.on_date between :month_of_last and :last or thing.on_date between :month_of_year_before and :year_before)$conditions
