"""Arrays in, frozen values out: no tables, no policy.

`regression`
    least squares from rows (blocked QR) or from moments; HC0-HC3, CR0-CR3 with Satterthwaite's degrees of freedom from cluster moments;
    logistic, Poisson and negative binomial regression, mixed models, estimating equations.
`series`
    errors that remember: autoregressions, ARIMA, structural components, Newey-West.
`survival`
    time to event, with the influence of each row on every estimate.
`redrawn`
    permutations, the wild cluster bootstrap, tests inverted into intervals.
`normal`
    correlated normal variables: their largest, rectangles, orthants.
`inference`, `multiple`
    intervals and p values; families of tests.
`proportions`
    shares, their differences, and their bounds under non-response.
`groups`
    sums and cross-products by group.
"""
