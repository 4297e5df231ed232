-- What was counted on the days of a period; what falls due later is not due, and a month is covered once it is over.
thing as (
    select family, code, on_date, month, amount, days, orientation_id, maison, commune, territory, writer, partition, position
    from $counted
    where on_date between :first and :last
      and (on_date <= :today or code not in ('retention.month_3', 'retention.month_6'))
      and (code <> 'coverage.contacted' or on_date = any(cast(:complete_months as date[])))
)
