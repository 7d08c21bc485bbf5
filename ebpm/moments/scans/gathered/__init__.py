"""Panels of units by periods gathered from batches of rows, in numpy: one read of the columns, nothing grouped by the engine.

`batches`
    a table of a local engine as Arrow record batches.
`columns`
    columns of these as arrays.
`units`, `cells`
    a place for each unit; outcomes in as few bytes as hold them.
`reading`
    rows put in their places, and what is odd about them.
`block_sums`
    exact sums and products of blocks of units.
`weighed_paths`
    the same of units that count by a weight.
`steps`, `tally`, `group_cells`, `group_passes`
    sums by keys: numbers as whole numbers, their sums by cell, a cell for each combination of labels, and the reads.
`word_sums`
    sums of computed values, in words that no order changes.
"""
