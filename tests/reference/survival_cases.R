# Makes the expected values of the cases srv02 to srv05 with R survival, mets and cmprsk, on samples that ship with survival.
# Rscript tests/reference/survival_cases.R <folder>
suppressMessages({library(survival); library(cmprsk); library(mets); library(jsonlite)})
out <- commandArgs(TRUE)[1]
software <- c(paste0("R ", R.version$major, ".", R.version$minor),
  sapply(c("survival", "cmprsk", "mets"), function(p) paste(p, packageVersion(p))))
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 60, toler.chol = 1e-15))
write_case <- function(id, name, spec, data, expected) {
  folder <- file.path(out, id); dir.create(folder, showWarnings = FALSE, recursive = TRUE)
  write.csv(data, file.path(folder, "data.csv"), row.names = FALSE)
  case <- list(id = id, name = name, data = list(file = "data.csv", source = "ships with R survival", licence = "LGPL (>= 2) as stated by the package",
    rows = nrow(data)), spec = spec, software = software, made_by = "tests/reference/survival_cases.R", expected = expected, tolerance = "1e-8")
  writeLines(toJSON(case, digits = NA, auto_unbox = TRUE, pretty = TRUE), file.path(folder, "case.json"))
}
steps <- function(f, times) { s <- summary(f, times = times, extend = TRUE)
  list(group = as.character(s$strata), time = s$time, at_risk = s$n.risk, value = s$surv, se = s$std.err, low = s$lower, high = s$upper, hazard = s$cumhaz, hazard_se = s$std.chaz) }
model <- function(f) list(coef = unname(coef(f)), var = unname(f$var), naive = unname(if (is.null(f$naive.var)) f$var else f$naive.var),
  loglik = f$loglik, score = unname(f$score))
zph <- function(f, ...) { z <- cox.zph(f, ..., terms = FALSE)$table; list(chisq = unname(z[, 1]), p = unname(z[, 3])) }
curve <- function(f, new, times) { s <- summary(survfit(f, newdata = new, se.fit = TRUE), times = times)
  list(time = s$time, value = as.numeric(s$surv), se = as.numeric(s$std.err), low = as.numeric(s$lower), high = as.numeric(s$upper)) }

# srv02: Stanford heart transplants: late entry, covariates that change, persons with two rows
h <- heart; h$transplant <- as.integer(as.character(h$transplant)); h$w <- round(0.5 + ((seq_len(nrow(h)) * 7) %% 13) / 13, 3)
h$half <- h$id %% 20
S <- with(h, Surv(start, stop, event))
days <- c(20, 60, 150, 400, 900)
cox2 <- list(); for (ties in c("efron", "breslow")) {
  plain <- coxph(S ~ age + year + surgery + transplant, h, ties = ties, control = tight)
  cox2[[ties]] <- list(plain = model(plain), cluster = model(coxph(S ~ age + year + surgery + transplant, h, ties = ties, cluster = id, control = tight)),
    weighted = model(coxph(S ~ age + year + surgery + transplant, h, ties = ties, weights = w, cluster = half, control = tight)),
    strata = model(coxph(S ~ age + year + transplant + strata(surgery), h, ties = ties, weights = w, cluster = id, control = tight)),
    zph = zph(plain), zph_log = zph(plain, transform = "log"), zph_strata = zph(coxph(S ~ age + year + transplant + strata(surgery), h, ties = ties, weights = w, control = tight)),
    curve = curve(plain, data.frame(age = 5, year = 3, surgery = 1, transplant = 0), days))
}
write_case("srv02_heart_changing", "Cox model with late entry, covariates that change, weights, clusters and strata; Kaplan-Meier with entry",
  "coxph of Surv(start, stop, event) on age, year, surgery, transplant (strata: without surgery, strata(surgery)); cluster id or half; survfit by surgery with weights w: robust by row, or cluster id; unweighted Greenwood. zph: cox.zph, terms = FALSE. curve: survfit of the plain model at age 5, year 3, surgery 1, transplant 0.",
  h, list(cox = cox2,
    km = steps(survfit(S ~ surgery, h, cluster = id), days), km_plain = steps(survfit(S ~ surgery, h, robust = FALSE, id = seq_len(nrow(h))), days),
    km_weighted = steps(survfit(S ~ surgery, h, weights = w, cluster = seq_len(nrow(h)), conf.type = "log-log"), days),
    km_weighted_cluster = steps(survfit(S ~ surgery, h, weights = w, cluster = id, conf.type = "plain"), days)))

# srv03: veteran, more of it
v <- veteran; v$w <- round(0.5 + ((seq_len(nrow(v)) * 5) %% 11) / 11, 3); v$cl <- seq_len(nrow(v)) %% 25
lr <- function(f, rho) { s <- survdiff(f, v, rho = rho); o <- s$obs; e <- s$exp; if (is.matrix(o)) { o <- rowSums(o); e <- rowSums(e) }
  list(chisq = s$chisq, observed = o, expected = e, var = unname(s$var)) }
quartiles <- function(f) { q <- quantile(f, c(0.25, 0.5, 0.75)); list(group = rownames(q$quantile), value = unname(q$quantile), low = unname(q$lower), high = unname(q$upper)) }
robust_score <- function(rows) coxph(Surv(time, status) ~ trt, rows, weights = w, cluster = cl, ties = "breslow")$rscore
even <- data.frame(time = 1:10, status = c(1, 1, 1, 1, 1, 1, 1, 1, 1, 0))
write_case("srv03_veteran_more", "Log-rank family with four groups and strata, quantiles, robust curves, model with categories",
  "survdiff(Surv(time, status) ~ celltype [+ strata(trt)], rho); quantile(survfit(~celltype)); survfit(weights = w, cluster = cl) by trt; robust score test of trt with weights w, cluster cl, Breslow; coxph with celltype as factor; even: times 1 to 10, the last censored.",
  v, list(lr0 = lr(Surv(time, status) ~ celltype, 0), lr1 = lr(Surv(time, status) ~ celltype, 1), lr05_strata = lr(Surv(time, status) ~ celltype + strata(trt), 0.5),
    quartiles = quartiles(survfit(Surv(time, status) ~ celltype, v)), quartiles_loglog = quartiles(survfit(Surv(time, status) ~ celltype, v, conf.type = "log-log")),
    quartiles_even = { q <- quantile(survfit(Surv(time, status) ~ 1, even), c(0.25, 0.5, 0.75, 0.9)); lapply(q, unname) },
    km_cluster = steps(survfit(Surv(time, status) ~ trt, v, weights = w, cluster = cl), c(30, 90, 180, 365)),
    robust_score = as.numeric(robust_score(v)), factor = { f <- coxph(Surv(time, status) ~ trt + karno + relevel(celltype, "adeno"), v, control = tight); c(model(f), list(zph = zph(f, transform = "rank"))) }))

# srv04: monoclonal gammopathy, progression and death without it
m <- mgus2; m$time <- with(m, ifelse(pstat == 0, futime, ptime)); m$event <- with(m, ifelse(pstat == 0, 2 * death, 1))
m <- data.frame(time = m$time, event = m$event, sex = as.character(m$sex), age = m$age, ageband = pmin(pmax(m$age %/% 12, 3), 6), w = round(0.5 + ((seq_len(nrow(m)) * 7) %% 13) / 13, 3))
e <- factor(m$event, 0:2, c("censored", "progression", "death")); months <- c(60, 120, 240)
states <- function(f) { s <- summary(f, times = months)
  list(group = as.character(s$strata), time = s$time, progression = s$pstate[, 2], death = s$pstate[, 3], progression_se = s$std.err[, 2], death_se = s$std.err[, 3],
    progression_low = s$lower[, 2], progression_high = s$upper[, 2]) }
fg <- function(rows, formula, ties, ...) { p <- finegray(formula, rows, etype = "progression", ...); p$sex <- as.integer(p$sex == "M")
  coxph(Surv(fgstart, fgstop, fgstatus) ~ age + sex, p, weights = fgwt, cluster = id, ties = ties, control = tight) }
m$e <- e; m$id <- seq_len(nrow(m)); m$stratum <- m$ageband
fg_strata <- { p <- finegray(Surv(time, e) ~ age + sex + id + stratum + strata(stratum), m, etype = "progression"); p$sex <- as.integer(p$sex == "M")
  coxph(Surv(fgstart, fgstop, fgstatus) ~ age + sex + strata(stratum), p, weights = fgwt, cluster = id, control = tight) }
gray <- function(...) { t <- cuminc(m$time, m$event, ...)$Tests; list(statistic = unname(t[, 1]), p = unname(t[, 2]), df = unname(t[, 3])) }
write_case("srv04_mgus_competing", "Competing risks: Aalen-Johansen with infinitesimal jackknife, Gray's test, cause-specific Cox, Fine-Gray",
  "event 1 progression, 2 death without it. survfit(Surv(time, factor) ~ sex); also with weights w, and limits log-log. cuminc Tests by sex, and by ageband with strata sex, rho 0.5. Cause-specific coxph on age and sex. finegray + coxph(weights = fgwt, cluster = id); strata: finegray and coxph within ageband.",
  m[, c("time", "event", "sex", "age", "ageband", "w")], list(states = states(survfit(Surv(time, e) ~ sex, m)), states_weighted = states(survfit(Surv(time, e) ~ sex, m, weights = w)),
    states_loglog = states(survfit(Surv(time, e) ~ sex, m, weights = w, conf.type = "log-log")),
    gray_sex = gray(m$sex), gray_age = gray(m$ageband, strata = m$sex, rho = 0.5),
    cause = model(coxph(Surv(time, event == 1) ~ age + I(sex == "M"), m, control = tight)),
    fine_gray = model(fg(m, Surv(time, e) ~ age + sex + id, "efron")), fine_gray_breslow = model(fg(m, Surv(time, e) ~ age + sex + id, "breslow")), fine_gray_strata = model(fg_strata)))

# srv05: bladder cancer, tumours that come again, and death
b <- bladder1[bladder1$start < bladder1$stop, ]
b <- data.frame(id = b$id, start = b$start, stop = b$stop, event = pmin(b$status, 2), arm = as.integer(b$treatment == "thiotepa"), treatment = as.character(b$treatment), number = b$number, size = b$size)
b <- b[b$treatment %in% c("placebo", "thiotepa"), ]
b$from <- b$start + ifelse(b$start > 0, b$id / 1000, 0); b$to <- b$stop + b$id / 1000  # without ties between persons, which mets takes one after another
last <- ave(b$stop, b$id, FUN = max); over <- b$event == 2 & b$stop < last; stopifnot(!any(over))
at <- c(6, 12, 24, 36)
gl <- function(arm) { rows <- b[b$arm == arm, ]
  recur <- phreg(Surv(from, to, event == 1) ~ cluster(id), data = rows); dead <- phreg(Surv(from, to, event == 2) ~ cluster(id), data = rows)
  g <- recurrentMarginal(recur, dead); place <- sapply(at, function(t) max(which(g$times <= t))); list(time = at, value = g$mu[place], se = g$se.mu[place]) }
mcf <- function(arm) { rows <- b[b$arm == arm, ]; s <- summary(survfit(Surv(start, stop, event == 1) ~ 1, rows, id = id, cluster = id, robust = TRUE), times = at); list(time = at, value = s$cumhaz, se = s$std.chaz) }
ag <- function(ties) model(coxph(Surv(start, stop, event == 1) ~ arm + number + size, b, cluster = id, ties = ties, control = tight))
write_case("srv05_bladder_recurrent", "Recurrent events: Andersen-Gill with robust errors, mean cumulative function, Ghosh-Lin mean frequency",
  "event 1 recurrence, 2 death. Ghosh-Lin: mets recurrentMarginal by arm on from and to (no ties), at months 6, 12, 24, 36; its variance divides by those at risk where the jackknife divides by those who stay. mcf: survfit cumhaz with robust std.chaz, deaths as censoring. coxph(Surv(start, stop, event == 1) ~ arm + number + size, cluster = id).",
  b, list(ghosh_lin = list(`0` = gl(0), `1` = gl(1)), mcf = list(`0` = mcf(0), `1` = mcf(1)), andersen_gill = ag("efron"), andersen_gill_breslow = ag("breslow")))
