"""Are the lifecycle's predictions and stages any good? On real shops, out of time, against others.

    make bench-lifecycle     or     python -m benchmarks.lifecycle [--data DIRECTORY] [--shop NAME=FILE] [part ...]

Needs an environment with requirements-lifecycle.txt (`make bench-lifecycle` makes it): Lifetimes, which Perennial is
held against, brings one shop, the CDNOW master (23,570 customers). A directory may bring another: UCI Online Retail,
summed to invoices (`online_retail_invoices.csv.gz`: CustomerID, InvoiceNo, cancel, Country, ts, amount, lines; from
data set 352 of the UCI Machine Learning Repository). Your own shop: a CSV, plain or gzipped, with the columns customer,
date (ISO 8601) and amount.

Parts: accuracy, robust, stages, speed; all of them if none is named. Ends with status 1 when a target is missed.
"""
