-- Requests whose answers come as events. (tier: user)
crisp.uploads.request{ namespace = "upload", id = "a", file = { name = "a.txt", type = "text/plain" } }
crisp.media.animations.search(1, { list_id = 7, search_query = "fern" })
print("requested")
local ok, err = pcall(crisp.uploads.request, { namespace = "cellar", id = "a", file = {} })
print(ok, tostring(err))
ok, err = pcall(crisp.media.animations.search, 1)
print(ok, tostring(err))
