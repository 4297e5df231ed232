-- On the days of a period that no roll-up tells; what falls due later is not due, and a month is covered once it is over.
(thing.on_date between :first and :before or thing.on_date between :after and :last)
and (thing.on_date <= :today or thing.code not in ('retention.month_3', 'retention.month_6'))
and (thing.code <> 'coverage.contacted' or thing.on_date = any(cast(:complete_months as date[])))
