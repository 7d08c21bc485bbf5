"""Sums over tables that stay where they are: exact, the same on every engine, mergeable.

`opening`
    a Parquet path, a lazy frame, a relation or a Spark table, walked within a budget of memory.
`profile`, `fixed_point`, `words`
    ranges and decimals; values as whole numbers; sums beyond 64 bits.
`paths`
    outcome paths by cohort: what difference in differences needs.
`groups`
    sums and products by keys: what trials, surveys and series need.
`units`, `streamed`
    one row a unit; regressions that need more than one pass.
`files`
    sums that leave the office.
"""
