--- Bridges the inbox to a chat tool: visitors' messages go there by its webhook, and the answers given there come back.
-- CHAT_URL is the address of the tool's bot. Change the two requests to what your tool takes and gives.
-- @on message:send where from == "user" and type == "text"
-- @schedule every 15s
-- @key session_id
-- @timeout 1m
-- @retries 3 exponential 10s
-- @env CHAT_URL
-- @permissions conversations:write store fetch:chat.example.com

local address = env.get("CHAT_URL")

local function ask(path, options)
  local answer = fetch(address .. path, options)
  if not answer.ok then error("the chat answers " .. answer.status, 0) end -- the run is tried again
  return json.decode(answer.body)
end

if event then
  ask("/messages", {
    method = "POST",
    headers = { ["Content-Type"] = "application/json" },
    body = json.encode({ thread = event.session_id, author = event.user.nickname, text = event.content }),
  })
  print("to the chat: " .. event.content)
else
  for _, reply in ipairs(ask("/replies?after=" .. store.get("seen", 0))) do
    -- The number makes one message of a reply, even if the run ends before it is noted as seen.
    crisp.conversations.messages.send(reply.thread, {
      content = reply.text, fingerprint = 700000000000 + reply.id, user = { nickname = reply.author },
    })
    store.set("seen", reply.id)
    print("from the chat: " .. reply.text)
  end
end
