-- Listings that no kept answer fits: each asks for a property nobody has.
local number = 0

function request()
    number = number + 1
    local headers = {
          ["Depth"] = "1",
          ["Prefer"] = "return=minimal",
          ["Authorization"] = os.getenv("BENCH_AUTHORIZATION"),
    }
    local body = '<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/>'
      .. '<D:getlastmodified/><D:getetag/><x' .. number .. ' xmlns="urn:x"/></D:prop></D:propfind>'
    return wrk.format("PROPFIND", nil, headers, body)
end
