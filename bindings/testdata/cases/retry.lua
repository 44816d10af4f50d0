-- retry repeats what fails, as often as it is told. (tier: user)
local function fails(n, e)
  return function(attempt)
    if attempt <= n then error(e) end
    return "attempt " .. attempt
  end
end
local busy = { status = 503, reason = "unavailable", message = "busy" }
local gone = { status = 404, reason = "not_found", message = "gone" }
local function told(fn, options)
  local ok, result = pcall(retry, fn, options)
  if ok then
    print(result)
  else
    print("error " .. (type(result) == "table" and result.message or "in the options"))
  end
end
told(fails(2, busy), { delay = 1 })
told(fails(9, busy), { delay = 1, times = 3 })
told(fails(1, gone), { delay = 1 })
told(fails(1, gone), { delay = 1, on = 404 })
told(fails(1, gone), { delay = 1, on = "not_found" })
told(fails(1, gone), { delay = 1, on = { 500, "not_found" } })
told(fails(1, busy), { delay = 1, on = {} })
told(fails(3, gone), { delay = 1, on = function(e, attempt) return e.status == 404 and attempt < 3 end })
told(function() return #crisp.people.list{ limit = 2 } end)
local calls = 0
told(function() calls = calls + 1 crisp.people.get("00000000-0000-4000-8000-000000000000") end, { delay = 1, on = 404, times = 2 })
print(calls)
for _, options in ipairs{ { time = 3 }, { times = 0 }, { on = true }, { delay = -1 }, 3 } do told(function() return 1 end, options) end
