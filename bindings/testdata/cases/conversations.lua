-- Conversations are made, found, counted and deleted.
local made = crisp.conversations.create()
print(made.session_id:match("^session_%x+%-") ~= nil, crisp.conversations.exists(made.session_id))
crisp.conversations.initiate(made.session_id)
local got = crisp.conversations.get(made.session_id)
print(got.session_id == made.session_id, got.website_id == crisp.website_id, got.state)

-- It is not in the inbox before the visitor has written.
local function listed(options)
  for conversation in crisp.conversations.each(options) do
    if conversation.session_id == made.session_id then return true end
  end
  return false
end
print("empty:", listed(), listed{ include_empty = true })
crisp.conversations.messages.send(made.session_id, { from = "user", content = "Where is my zebra?" })
print("written:", listed())

crisp.conversations.delete(made.session_id)
print("deleted:", crisp.conversations.exists(made.session_id))
local ok, err = pcall(crisp.conversations.get, made.session_id)
print(ok, err.name, err.status, err.reason, err.operation)

print("first page:", #crisp.conversations.list(), "all:", #crisp.conversations.list{ limit = "all" }, "three:", #crisp.conversations.list{ limit = 3 })
print("second page of 20:", #crisp.conversations.list{ limit = 20, per_page = 20, page_number = 2 })
