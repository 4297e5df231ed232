-- What was counted on the days of a period; what falls due later is not due, and a month is covered once it is over.
thing as (
    select family, code, on_date, amount, orientation_id, maison, commune, territory, writer, partition, position
    from $counted
    where on_date between :first and :last
      and (cast(:codes as text[]) is null or code = any(:codes))
      and (code not like 'retention.%' or on_date <= :today)
      and (code <> 'coverage.contacted' or on_date = any(cast(:complete_months as date[])))
)
