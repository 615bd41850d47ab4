-- What rclone sends for each new file: the file, then a question about it. The question is about
-- a file that was answered long ago. (wrk calls this once before it starts, and sends nothing.)
local body = string.rep("0123456789abcdef", 512)
local authorization = os.getenv("BENCH_AUTHORIZATION")
local sent = 0
local asks = false

request = function()
    local headers = { Authorization = authorization }
    if asks and sent > 80 then
        asks = false
        headers["Depth"] = "1"
        return wrk.format("PROPFIND", wrk.path .. (sent - 64) .. ".bin", headers)
    end
    sent = sent + 1
    asks = true
    return wrk.format("PUT", wrk.path .. sent .. ".bin", headers, body)
end
