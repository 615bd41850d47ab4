-- Every request creates another file. One connection, one thread: names are a plain count.
local token = os.getenv("BENCH_TOKEN")
local count = 0

request = function()
    count = count + 1
    local body = '{"type":"file","uri":"cloudreve://my/created/' .. count .. '.txt"}'
    return wrk.format("POST", "/api/v4/file/create", {
        ["Authorization"] = "Bearer " .. token,
        ["Content-Type"] = "application/json",
    }, body)
end
