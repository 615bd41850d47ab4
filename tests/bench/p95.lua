-- Prints the 95th percentile of the answers' times.
function done(summary, latency, requests)
    print(string.format("p95 %.3f ms", latency:percentile(95) / 1000))
end
