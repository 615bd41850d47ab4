-- The same listing again and again.
wrk.method = "PROPFIND"
wrk.headers["Depth"] = "1"
wrk.headers["Authorization"] = os.getenv("BENCH_AUTHORIZATION")
