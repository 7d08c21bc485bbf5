# Writes the expected values of case.json: Rscript make.R, in this folder. R 4.2.2, survival 3.5-3.
library(survival)
d <- read.csv("data.csv")
fit <- glm(trt ~ age + karno + prior, data = d, family = binomial, control = list(epsilon = 1e-14, maxit = 100))
e <- fitted(fit)
p <- mean(d$trt)
n <- nrow(d)
d$id <- seq_len(n)
out <- function(name, x) cat(sprintf('  "%s": [%s],\n', name, paste(sprintf("%.17g", x), collapse = ", ")))
for (estimand in c("ate", "att")) {
  w <- if (estimand == "ate") ifelse(d$trt == 1, p / e, (1 - p) / (1 - e)) else ifelse(d$trt == 1, 1, e / (1 - e))
  d$w <- w
  cox <- coxph(Surv(time, status) ~ trt, data = d, weights = w, robust = TRUE, ties = "efron",
               control = coxph.control(eps = 1e-14, iter.max = 100))
  out(paste0(estimand, "_log_hazard_ratio"), coef(cox))
  out(paste0(estimand, "_hazard_se_known"), sqrt(vcov(cox)))
  km <- survfit(Surv(time, status) ~ trt, data = d, weights = w, id = id, robust = TRUE)
  s <- summary(km, times = 180, extend = TRUE)
  out(paste0(estimand, "_risk"), 1 - s$surv)
  out(paste0(estimand, "_risk_se_known"), s$std.err)
  area <- sapply(0:1, function(arm) {
    one <- survfit(Surv(time, status) ~ 1, data = d[d$trt == arm, ], weights = w)
    edges <- c(0, one$time[one$time < 180], 180)
    sum(diff(edges) * c(1, one$surv[one$time < 180]))
  })
  out(paste0(estimand, "_rmst"), area)
}
