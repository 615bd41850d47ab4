-- Every request asks what nobody asked before: a page number beside an order, or an id beside a
-- URI, changes nothing but the question, so no kept answer fits it. One thread: the count must
-- not repeat.
local count = 0

request = function()
    count = count + 1
    return wrk.format("GET", wrk.path .. "&page=" .. count .. "&id=" .. count)
end
