-- Listings that no kept answer fits: each asks for a property that nobody has.
local count = 0

request = function()
    count = count + 1
    local body = '<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/>'
        .. '<D:getlastmodified/><D:getetag/><x' .. count .. ' xmlns="urn:x"/></D:prop></D:propfind>'
    return wrk.format("PROPFIND", nil, {
        ["Depth"] = "1",
        ["Prefer"] = "return=minimal",
        ["Authorization"] = os.getenv("BENCH_AUTHORIZATION"),
    }, body)
end
