select code, $key as key, since, true as is_whole, n
    from $rolled
    where dimension = '$dimension'$of_key and series = '$series' and n <> 0 and since <= :last
