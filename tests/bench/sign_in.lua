-- Signs in again and again, as one of fifty people, and counts those who came in.
local people = 50
local number = 0
inside = 0
local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init(args)
    number, inside = 0, 0
end

function request()
    number = number + 1
    local body = string.format(
        '{"email":"person%d@example.com","password":"correct horse battery"}', number % people)
    return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function response(status, headers, body)
    if string.find(body, '"code":0', 1, true) then
        inside = inside + 1
    end
end

function done(summary, latency, requests)
    local sum = 0
    for _, thread in ipairs(threads) do
        sum = sum + thread:get("inside")
    end
    print(string.format("inside %d of %d", sum, summary.requests))
end
