suppressMessages({library(geepack)})
d <- read.csv("../rct23_gee_respiratory/data.csv")
d <- d[order(d$uid, d$visit),]
f <- outcome ~ treatA + factor(center) + male + age + baseline
out <- list()
one <- function(key, fit) { s <- summary(fit); out[[key]] <<- list(estimate=unname(coef(fit)), robust_se=s$coefficients[,2], alpha=unname(s$corr[,1]), phi=unname(s$dispersion[1,1])) }
ctl <- geese.control(epsilon=1e-13, maxit=200)
one("logit_unstructured", geeglm(f, data=d, id=uid, family=binomial, corstr="unstructured", waves=visit, control=ctl))
one("lpm_unstructured", geeglm(f, data=d, id=uid, family=gaussian, corstr="unstructured", waves=visit, control=ctl))
one("poisson_ar1", geeglm(f, data=d, id=uid, family=poisson, corstr="ar1", waves=visit, control=ctl))
# a fifth of the rows left out: those whose 7 * uid + 3 * visit leaves 0 on division by 5
g <- d[(7 * d$uid + 3 * d$visit) %% 5 != 0,]
one("gaps_logit_ar1", geeglm(f, data=g, id=uid, family=binomial, corstr="ar1", waves=visit, control=ctl))
one("gaps_lpm_ar1", geeglm(f, data=g, id=uid, family=gaussian, corstr="ar1", waves=visit, control=ctl))
# standardisation after logistic GEE (independence): risks by arm, delta method by hand
fit <- geeglm(f, data=d, id=uid, family=binomial, corstr="independence", control=ctl)
V <- fit$geese$vbeta; b <- coef(fit)
X1 <- X0 <- model.matrix(fit); X1[,"treatA"] <- 1; X0[,"treatA"] <- 0
p1 <- plogis(X1 %*% b); p0 <- plogis(X0 %*% b)
g1 <- colMeans(X1 * as.vector(p1*(1-p1))); g0 <- colMeans(X0 * as.vector(p0*(1-p0)))
r1 <- mean(p1); r0 <- mean(p0)
se <- function(g) sqrt(as.numeric(t(g) %*% V %*% g))
out$standardised <- list(risk1=r1, risk0=r0, se_risk1=se(g1), se_risk0=se(g0), difference=r1-r0, se_difference=se(g1-g0),
  ratio=r1/r0, se_log_ratio=se(g1/r1 - g0/r0), odds_ratio=(r1/(1-r1))/(r0/(1-r0)), se_log_odds_ratio=se(g1/(r1*(1-r1)) - g0/(r0*(1-r0))))
library(jsonlite)
write_json(out, "values.json", digits=NA, auto_unbox=TRUE, pretty=FALSE)
cat(R.version.string, as.character(packageVersion("geepack")), "\n")
