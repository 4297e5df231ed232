select code, $key, cast(date_trunc('month', cast(since as timestamp)) as date), false, n
    from $rolled
    where dimension = 'day' and key = '' and series = 'stock' and n <> 0 and code <> 'coverage.open_month'
      and (since between :month_of_last and :last or since between :month_of_year_before and :year_before)
