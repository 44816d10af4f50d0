-- A null survives from JSON to JSON, read, changed, copied into another value, stored, and sent.
local function show(value) print(json.encode(value)) end
local t = json.decode('{"c": null, "d": 1, "e": {"f": null}, "l": [null, {"g": null}], "m": [], "n": {}}')
show(t)
print(t.c == nil, t.e.f == nil, not t.c)
t.d = 2
show(t)
t.c = 5
show(t)
t.c = nil
show(t)
show({ inner = json.decode('{"c": null}'), list = { json.decode('{"c": null}') } })
show(json.decode(json.encode(json.decode('{"c": null}'))))
store.set("nulls", json.decode('{"c": null}'))
show(store.get("nulls"))
local answer = crisp.api.get("website/{website_id}/people/stats").data
answer.none = json.null
show(json.decode(json.encode(answer)).none == nil)
