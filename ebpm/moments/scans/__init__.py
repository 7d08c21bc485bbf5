"""Sums over tables that stay where they are: exact, the same on every engine, mergeable.

`opening`
    a Parquet path, a lazy frame, a relation or a Spark table, walked within a budget of memory.
`profile`, `fixed_point`, `words`
    ranges and decimals; values as whole numbers; sums beyond 64 bits.
`path_scan`, `path_sums`
    outcome paths by cohort: what difference in differences needs.
`group_scan`, `group_sums`
    sums and products by keys: what trials, surveys and series need.
"""
