suppressMessages({library(estimatr); library(jsonlite)})
set.seed(20261123)
G <- 24; size <- sample(1:6, G, TRUE); school <- rep(1:G, size); n <- length(school)
stratum <- rep(1:3, each = 8)[school]
pg <- round(runif(G, .2, .8), 3); p <- pg[school]
pr <- round(runif(n, .2, .8), 3)
zs <- unlist(lapply(1:3, function(s) sample(rep(0:1, c(5, 3)))))[school]   # complete, clusters in strata, 3 of 8
zr <- rbinom(n, 1, pr)                                                       # coins by row
zc <- rbinom(G, 1, pg)[school]                                               # coins by cluster
x <- round(rnorm(n) + rnorm(G)[school], 3)
e <- rnorm(n) + .5 * rnorm(G)[school]
d <- rbinom(n, 1, ifelse(zs == 1, .8, .15))
f <- function(z) round(5 + x + .7 * z + e, 4)
data <- data.frame(school, stratum, p, pr, zs, zr, zc, x, d, y_zs = f(zs), y_zr = f(zr), y_zc = f(zc), y_d = f(d))
write.csv(data, "data.csv", row.names = FALSE)
k <- function(m, t) list(estimate = unname(m$coefficients[t]), se = unname(m$std.error[t]), df = unname(m$df[t]),
  p = unname(m$p.value[t]), ci_low = unname(m$conf.low[t]), ci_high = unname(m$conf.high[t]))
out <- list()
out$ht_coins_rows <- k(horvitz_thompson(y_zr ~ zr, data = data, condition_prs = pr), "zr")
out$ht_coins_clusters <- k(horvitz_thompson(y_zc ~ zc, data = data, clusters = school, condition_prs = p), "zc")
# complete assignment of 3 of 8 schools in each stratum: joint probabilities written out, in estimatr's layout
first <- !duplicated(school); st <- stratum[first]
same <- outer(st, st, "=="); one <- 3 / 8
p11 <- ifelse(same, 3 * 2 / (8 * 7), one^2); diag(p11) <- one
p00 <- ifelse(same, 5 * 4 / (8 * 7), (1 - one)^2); diag(p00) <- 1 - one
p01 <- ifelse(same, 3 * 5 / (8 * 7), one * (1 - one)); diag(p01) <- 0
agg <- aggregate(cbind(y_zs, zs) ~ school, data, function(v) v[1]); tot <- tapply(y <- data$y_zs, school, sum)
units <- data.frame(y = as.numeric(tot), z = data$zs[first])
m <- horvitz_thompson(y ~ z, data = units, condition_pr_mat = rbind(cbind(p00, p01), cbind(t(p01), p11)))
out$ht_complete_clusters_in_strata_totals <- k(m, "z")
out$hajek_coins_rows_HC2 <- k(lm_robust(y_zr ~ zr, data = data, weights = ifelse(zr == 1, 1 / pr, 1 / (1 - pr)), se_type = "HC2"), "zr")
w <- ifelse(data$zc == 1, 1 / data$p, 1 / (1 - data$p))
out$ipw_clusters_CR2 <- k(lm_robust(y_zc ~ zc, data = data, weights = w, clusters = school, se_type = "CR2"), "zc")
out$lin_ipw_clusters_CR2 <- k(lm_lin(y_zc ~ zc, ~ x, data = data, weights = w, clusters = school, se_type = "CR2"), "zc")
means <- aggregate(cbind(y_zs, zs, x, stratum) ~ school, data, mean)
out$clusters_means <- k(difference_in_means(y_zs ~ zs, data = means), "zs")
out$clusters_means_strata <- k(difference_in_means(y_zs ~ zs, blocks = stratum, data = means), "zs")
out$clusters_lin <- k(lm_lin(y_zs ~ zs, ~ x, data = means, se_type = "HC2"), "zs")
out$ancova_strata_CR2 <- k(lm_robust(y_zs ~ zs + x + factor(stratum), data = data, clusters = school, se_type = "CR2"), "zs")
for (se in c("CR0", "stata")) out[[paste0("ancova_strata_", se)]] <- k(lm_robust(y_zs ~ zs + x + factor(stratum), data = data, clusters = school, se_type = se), "zs")
for (se in c("CR0", "stata", "CR2")) { m <- iv_robust(y_d ~ d + x | zs + x, data = data, clusters = school, se_type = se, diagnostics = TRUE)
  out[[paste0("iv_", se)]] <- k(m, "d"); if (se == "CR2") out$iv_first_stage_F <- unname(m$diagnostic_first_stage_fstatistic["value"]) }
long <- lm_robust(y_zr ~ zr * I(x > 0), data = data, se_type = "HC2")
data$hi <- as.numeric(data$x > 0)
m <- lm_robust(y_zr ~ zr * hi, data = data, se_type = "HC2")
out$factorial_alone <- k(m, "zr"); out$factorial_interaction <- k(m, "zr:hi")
c0 <- m$vcov; L <- c(0, 1, 0, .5); out$factorial_main <- list(estimate = sum(L * coef(m)), se = sqrt(drop(t(L) %*% c0 %*% L)))
write_json(out, "expected.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
