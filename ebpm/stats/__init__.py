"""Arrays in, frozen values out: no tables, no policy.

`least_squares`
    fits from rows (blocked QR) or from moments.
`covariance`, `clusters`, `hac`
    classical, HC0-HC3; CR0-CR3 with Satterthwaite's degrees of freedom from cluster moments; Newey-West.
`glm`
    logistic and Poisson regression.
`inference`, `multiple`
    intervals and p values; families of tests.
`proportions`
    shares, their differences, and their bounds under non-response.
`risk_sets`, `product_limit`, `incidence`, `cox`, `log_rank`
    time to event, with the influence of each row on every estimate.
`groups`
    sums and cross-products by group.
"""
