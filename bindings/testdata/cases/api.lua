-- Any call of the API by method and path.
local answer = crisp.api.call{ path = "website/{website_id}/people/stats" }
print(answer.status, answer.headers["content-type"], answer.data.total)
answer = crisp.api.get("/website/{website_id}/conversations/1", { query = { per_page = 20, filter_unread = true } })
print(answer.status, #answer.data > 0)
local made = crisp.api.post("website/{website_id}/people/profile", { body = { email = "a@b.example", person = { nickname = "A" } } })
local path = "website/{website_id}/people/profile/" .. made.data.people_id
print(made.status, crisp.api.head(path).status)
crisp.api.patch(path, { body = { notepad = "Seen" } })
print(crisp.api.get(path, { headers = { ["X-Request"] = "1" } }).data.notepad)
crisp.api.put(path, { body = { email = "a@b.example", person = { nickname = "B" } } })
print(crisp.api.get(path).data.person.nickname, crisp.api.get(path).data.notepad)
print(crisp.api.delete(path).status)
print(select(2, pcall(crisp.api.get, path)).status)

for _, bad in ipairs{ "../secrets", "https://other.example/v1/website", "//other.example/x", "website/%2e%2e/%2e%2e/x" } do
  local ok, err = pcall(crisp.api.get, bad)
  print(ok, err.name)
end
print(pcall(crisp.api.get, "website", { headers = { Authorization = "Basic eDp5" } }))
print(pcall(crisp.api.call, { path = "website", methods = "GET" }))
print(pcall(crisp.api.call, { path = "website", method = "STEAL" }))
print(select(2, pcall(crisp.people.get, "nobody@acme.example")).name == "CrispError")
