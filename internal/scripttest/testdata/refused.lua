--- Tries what its permissions do not allow, and prints how each call is refused.
-- @permissions conversations:read

local function try(call, ...)
  local ok, err = pcall(call, ...)
  print(ok and "was allowed" or err.name .. ": " .. err.message)
end

crisp.conversations.list({ limit = 1 })
print("listed")
try(crisp.conversations.create)
try(store.set, "key", 1)
try(files.write, "refused.txt", "text")
try(crisp.api.post, "website/{website_id}/conversation", {})
if billing then -- a module of the program's own
  try(billing.charge, "ada@example.com")
end
