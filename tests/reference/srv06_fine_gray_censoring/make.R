# Fine and Gray's regression with the variance that counts the estimated weights, by mets; and with weights known, by survival.
# Rscript tests/reference/srv06_fine_gray_censoring/make.R <folder>
suppressMessages({library(survival); library(mets); library(jsonlite)})
out <- commandArgs(TRUE)[1]
p <- pbc[1:312, ]
p <- data.frame(id = seq_len(nrow(p)), time = p$time + p$id / 1000, status = p$status, trt = p$trt - 1, age = round(p$age, 4), bili = p$bili) # no ties
p$entry <- 0; p$e <- factor(p$status, 0:2, c("censored", "transplant", "death"))
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 60))
f <- recreg(Event(entry, time, status) ~ trt + age + bili + cluster(id), data = p, cause = 2, death.code = 1, cens.code = 0)
g <- finegray(Surv(time, e) ~ ., p, etype = "death")
h <- coxph(Surv(fgstart, fgstop, fgstatus) ~ trt + age + bili, g, weights = fgwt, cluster = id, control = tight)
write.csv(p[, c("id", "time", "status", "trt", "age", "bili")], file.path(out, "data.csv"), row.names = FALSE)
case <- list(id = "srv06_fine_gray_censoring", name = "Fine-Gray with the censoring distribution counted in the variance",
  data = list(file = "data.csv", source = "survival::pbc, the 312 of the trial, times + id / 1000", licence = "LGPL (>= 2) as stated by the package", rows = nrow(p)),
  spec = "death (2), transplant (1) competes; trt, age, bili. stacked: mets recreg(Event(entry, time, status)), first events, IPCW by Kaplan-Meier. known: finegray + coxph(weights = fgwt, cluster = id).",
  software = c(paste0("R ", R.version$major, ".", R.version$minor), sapply(c("survival", "mets"), function(k) paste(k, packageVersion(k)))),
  made_by = "tests/reference/srv06_fine_gray_censoring/make.R", tolerance = "1e-8",
  expected = list(coef = unname(f$coef), stacked_se = unname(f$se.coef), stacked_var = unname(f$var), known_coef = unname(coef(h)), known_se = unname(sqrt(diag(h$var)))))
writeLines(toJSON(case, digits = NA, auto_unbox = TRUE, pretty = TRUE), file.path(out, "case.json"))
