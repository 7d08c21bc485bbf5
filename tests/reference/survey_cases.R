# Makes the expected values of the cases svy04 to svy08 with R survey, on samples that ship with it.
# Rscript tests/reference/survey_cases.R <folder>
suppressMessages({library(survey); library(jsonlite)})
data(api)
out <- commandArgs(TRUE)[1]
software <- c(paste0("R ", R.version$major, ".", R.version$minor), paste("survey", packageVersion("survey")))
licence <- "ships with R survey 4.1-1 (GPL-2|GPL-3 as stated by the package); used in tests only"
one <- function(s, i = 1) list(estimate = unname(coef(s)[i]), se = unname(SE(s)[i]))
each <- function(s) { v <- lapply(seq_along(coef(s)), function(i) one(s, i)); names(v) <- names(coef(s)); v }
ratio <- function(r) list(estimate = unname(coef(r)), se = as.numeric(sqrt(r$var)))
prop <- function(d, m) { p <- svyciprop(~I(sch.wide == "Yes"), d, method = m)
  ci <- as.numeric(attr(p, "ci")); list(estimate = as.numeric(p), se = as.numeric(sqrt(attr(p, "var"))), low = ci[1], high = ci[2]) }
props <- function(d) sapply(c("logit", "beta", "asin", "xlogit", "mean"), function(m) prop(d, m), simplify = FALSE)
quant <- function(d, rule, type) { q <- svyquantile(~api00, d, c(0.1, 0.25, 0.5, 0.75, 0.9), qrule = rule, interval.type = type)[[1]]
  lapply(seq_len(nrow(q)), function(i) list(p = as.numeric(rownames(q)[i]), estimate = q[i, 1], low = q[i, 2], high = q[i, 3], se = q[i, 4])) }
quants <- function(d) { rules <- c("math", "school", "shahvaish", paste0("hf", 3:9))
  c(sapply(rules, function(r) quant(d, r, "mean"), simplify = FALSE), sapply(c("beta", "xlogit", "asin"), function(t) quant(d, "math", t), simplify = FALSE)) }
deffs <- function(d) { m <- svymean(~api00 + enroll, d, deff = TRUE); r <- svymean(~api00 + enroll, d, deff = "replace"); t <- svytotal(~enroll, d, deff = TRUE)
  list(mean = as.list(deff(m)), mean_replace = as.list(deff(r)), total = as.list(deff(t))) }
domains <- function(d) list(
  mean_wide = one(svymean(~api00, subset(d, sch.wide == "Yes"))), total_wide = one(svytotal(~enroll, subset(d, sch.wide == "Yes"))),
  ratio_wide = ratio(svyratio(~api.stu, ~enroll, subset(d, sch.wide == "Yes"))),
  mean_high = one(svymean(~api00, subset(d, stype == "H"))), df_high = degf(subset(d, stype == "H")),
  by_stype = { b <- svyby(~api00, ~stype, d, svymean); setNames(lapply(1:3, function(i) list(estimate = unname(coef(b)[i]), se = unname(SE(b)[i]))), b$stype) })
basics <- function(d) list(
  mean = one(svymean(~api00, d)), two = each(svymean(~api99 + api00, d)), total = one(svytotal(~enroll, d)),
  ratio = ratio(svyratio(~api.stu, ~enroll, d)), shares = each(svymean(~stype, d)), counts = each(svytotal(~stype, d)), df = degf(d))
calibrated <- function(d) {
  stype <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018)); wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
  show <- function(e) list(mean = one(svymean(~api00, e)), total = one(svytotal(~enroll, e)), ratio = ratio(svyratio(~api.stu, ~enroll, e)),
    high = one(svymean(~api00, subset(e, stype == "H"))), weights = range(weights(e)))
  pop <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
  list(post = show(postStratify(d, ~stype, stype)), rake = show(rake(d, list(~stype, ~sch.wide), list(stype, wide), control = list(maxit = 500, epsilon = 1e-12))),
    linear = show(calibrate(d, ~stype + api99, pop)), raking = show(calibrate(d, ~stype + api99, pop, calfun = "raking", epsilon = 1e-12)),
    logit = show(calibrate(d, ~stype + api99, pop, calfun = "logit", bounds = c(0.3, 3), epsilon = 1e-12)),
    truncated = show(calibrate(d, ~stype + api99, pop, calfun = "linear", bounds = c(0.5, 1.9), epsilon = 1e-12)))
}
replicated <- function(d) list(mean = one(svymean(~api00, d)), total = one(svytotal(~enroll, d)), ratio = list(estimate = as.numeric(coef(svyratio(~api.stu, ~enroll, d))), se = as.numeric(SE(svyratio(~api.stu, ~enroll, d)))), df = degf(d))
write_case <- function(id, name, spec, data, expected) {
  folder <- file.path(out, id); dir.create(folder, showWarnings = FALSE, recursive = TRUE)
  write.csv(data, file.path(folder, "data.csv"), row.names = FALSE)
  case <- list(id = id, name = name, data = list(file = "data.csv", source = "R survey, data sets api and scd", licence = licence, rows = nrow(data)),
    spec = spec, software = software, expected = expected, tolerance = "1e-8 relative")
  write(toJSON(case, auto_unbox = TRUE, digits = NA, pretty = TRUE), file.path(folder, "case.json")) }
keep <- function(x, more = character()) x[, c("snum", "dnum", "stype", "sch.wide", "comp.imp", "api99", "api00", "enroll", "api.stu", "pw", "fpc", more)]

strat <- keep(apistrat); d <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
nofpc <- svydesign(id = ~1, strata = ~stype, weights = ~pw, data = strat)
write_case("svy04_api_stratified", "Stratified sample: statistics, intervals, domains, calibration, replicates",
  "svydesign(id=~1, strata=~stype, weights=~pw, fpc=~fpc); share of sch.wide == Yes; replicates without fpc.", strat,
  list(basics = basics(d), domains = domains(d), props = props(d), quantiles = quants(d), deff = deffs(d), calibrated = calibrated(d),
    jkn = replicated(as.svrepdesign(nofpc, type = "JKn")), jkn_fpc = replicated(as.svrepdesign(d, type = "JKn")), jkn_mse = replicated(as.svrepdesign(nofpc, type = "JKn", mse = TRUE)),
    brr = replicated(as.svrepdesign(nofpc, type = "BRR", large = "merge")), fay = replicated(as.svrepdesign(nofpc, type = "Fay", fay.rho = 0.3, large = "merge"))))

clus1 <- keep(apiclus1); d <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1); nofpc <- svydesign(id = ~dnum, weights = ~pw, data = clus1)
jk <- as.svrepdesign(nofpc, type = "JK1")
write_case("svy05_api_clusters", "One-stage cluster sample: statistics, intervals, domains, calibration, jackknife",
  "svydesign(id=~dnum, weights=~pw, fpc=~fpc); share of sch.wide == Yes; jackknife of districts without fpc.", clus1,
  list(basics = basics(d), domains = domains(d), props = props(d), quantiles = quants(d), deff = deffs(d), calibrated = calibrated(d), jk1 = replicated(jk), jk1_fpc = replicated(as.svrepdesign(d, type = "JK1")),
   jk1_post = replicated(postStratify(jk, ~stype, data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))))))

full <- apiclus2[, c("snum", "dnum", "stype", "sch.wide", "api99", "api00", "enroll", "api.stu", "pw", "fpc1", "fpc2")]
f <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = full)
first <- svydesign(id = ~dnum, fpc = ~fpc1, weights = ~pw, data = full)
write_case("svy06_api_two_stage", "Two-stage sample: statistics, intervals, domains, calibration",
  "svydesign(id=~dnum+snum, fpc=~fpc1+fpc2); enrolment is missing in some rows: its statistics are those of na.rm=TRUE (a domain).", full,
  list(mean = one(svymean(~api00, f)), two = each(svymean(~api99 + api00, f)), total = one(svytotal(~api00, f)), counts = each(svytotal(~stype, f)), shares = each(svymean(~stype, f)), df = degf(f),
    enroll_mean = one(svymean(~enroll, f, na.rm = TRUE)), enroll_total = one(svytotal(~enroll, f, na.rm = TRUE)),
    mean_wide = one(svymean(~api00, subset(f, sch.wide == "Yes"))), mean_high = one(svymean(~api00, subset(f, stype == "H"))), df_high = degf(subset(f, stype == "H")),
    ratio = ratio(svyratio(~api00, ~api99, f)), deff = as.list(deff(svymean(~api00, f, deff = TRUE))), deff_replace = as.list(deff(svymean(~api00, f, deff = "replace"))),
    first_stage_only = one(svymean(~api00, first)), props = props(f), quantiles = quants(f),
    post = list(mean = one(svymean(~api00, p <- postStratify(f, ~stype, data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))))), total = one(svytotal(~api99, p)), high = one(svymean(~api00, subset(p, stype == "H")))),
    linear = list(mean = one(svymean(~api00, g <- calibrate(f, ~stype + api99, c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)))), total = one(svytotal(~api00, g)))))

lonely <- strat[strat$stype != "H" | strat$snum == strat$snum[strat$stype == "H"][1], ]
d <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = lonely)
rules <- list(); for (rule in c("remove", "certainty", "adjust", "average")) { options(survey.lonely.psu = rule); rules[[rule]] <- list(mean = one(svymean(~api00, d)), total = one(svytotal(~enroll, d))) }
write_case("svy07_api_lonely", "A stratum with one sampling unit", "svydesign(id=~1, strata=~stype, weights=~pw, fpc=~fpc) and options(survey.lonely.psu=)", lonely, rules)

data(scd)
scd$unit <- paste(scd$ESA, scd$ambulance)
d <- svydesign(id = ~unit, strata = ~ESA, weights = ~rep(1, 6), data = scd)
show <- function(r) list(total = one(svytotal(~alive, r)), ratio = list(estimate = as.numeric(coef(svyratio(~alive, ~arrests, r))), se = as.numeric(SE(svyratio(~alive, ~arrests, r)))))
scd$one <- 1
write_case("svy08_scd_pairs", "Two units in each stratum: balanced half-samples", "svydesign(id=~unit, strata=~ESA), weights one; R survey::scd (survival after cardiac arrest).", scd,
  list(linear = show(d), jkn = show(as.svrepdesign(d, type = "JKn")), brr = show(as.svrepdesign(d, type = "BRR")), fay = show(as.svrepdesign(d, type = "Fay", fay.rho = 0.3)), hadamard = dim(as.svrepdesign(d, type = "BRR")$repweights)))
