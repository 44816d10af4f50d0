-- Values that stay.
print(store.get("seen"), store.get("seen", 7))
store.set("seen", { ids = { "a", "b" }, last = 3 })
print(json.encode(store.get("seen")), store.get("seen").ids[2])
print(store.compare_and_set("seen", { last = 3, ids = { "a", "b" } }, "next"), store.compare_and_set("seen", "other", 1))
print(store.compare_and_set("first", nil, 1, { expires_in = "1h" }), store.compare_and_set("first", nil, 2))
print(store.increment("count"), store.increment("count", 2.5), store.increment("count", -1, { expires_in = "1d" }))
print(store.delete("seen"), store.delete("seen"))

store.set("user:2", true)
store.set("user:1", "Ada", { expires_in = 60000 })
for _, entry in ipairs(store.list("user:")) do
  print(entry.key, entry.value, entry.expires_at ~= nil, entry.updated_at > 0)
end
print(#store.list(), #store.list({ limit = 2 }), #store.list("user:", { limit = 1 }))

print(store.shared.get("count"))
store.shared.set("count", 1)
print(store.shared.increment("count"), store.shared.compare_and_set("count", 2, 3), #store.shared.list(), store.get("count"))
print(store.shared.delete("count"))

for _, call in ipairs({
  function() store.set("", 1) end,
  function() store.set("key") end,
  function() store.set("key", 1, { expires_in = "soon" }) end,
  function() store.set("key", 1, { expires_in = 0 }) end,
  function() store.set("key", 1, { ttl = 5 }) end,
  function() store.set("key", string.rep("x", 1048575)) end,
  function() store.compare_and_set("key", 1) end,
  function() store.list("", { limit = 0 }) end,
  function() store.increment("user:1") end,
  function() store.increment("count", "2") end,
}) do
  local _, err = pcall(call)
  print(err.name, err.message, err.hint)
end
