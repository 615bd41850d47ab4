-- Trades a code for tokens, each code once, and tells how long the 95th of a hundred waits.
local codes, count = {}, 0
for code in io.lines(os.getenv("BENCH_CODES")) do
    codes[#codes + 1] = code
end
local form = os.getenv("BENCH_FORM")

request = function()
    count = count + 1
    local body = form .. (codes[count] or codes[#codes])
    return wrk.format("POST", nil, {
        ["Content-Type"] = "application/x-www-form-urlencoded",
    }, body)
end

done = function(summary, latency)
    io.write(string.format("p95 %f refused %d\n", latency:percentile(95) / 1000, summary.errors.status))
end
