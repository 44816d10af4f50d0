--- Blocks strangers who advertise, closes their conversation, and notes why.
-- Only messages with a link are looked at. Whoever has a profile is no stranger.
-- @on message:send where from == "user" and type == "text" and content matches "(?i)https?:|www"
-- @key session_id
-- @timeout 1m
-- @permissions conversations:read conversations:write

local words = { "seo", "backlink", "casino", "crypto", "guaranteed", "million", "ranking", "winner" }

local found = {}
for _, word in ipairs(words) do
  if event.content:lower():find(word, 1, true) then found[#found + 1] = word end
end

if #found < 2 then
  print("no spam")
elseif crisp.conversations.get(event.session_id).people_id then
  print("spam of somebody known")
else
  local reason = "Closed as spam: " .. table.concat(found, ", ")
  crisp.conversations.messages.send(event.session_id, { type = "note", content = reason, automated = true })
  crisp.conversations.block.update(event.session_id, true)
  crisp.conversations.resolve(event.session_id)
  print(reason)
end
