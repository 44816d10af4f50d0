--- Notes in each conversation that has waited too long for an answer, once per wait.
-- Messages start and stop the clocks, a schedule looks at them. Answers of scripts do not count.
-- @on message:send where from == "user"
-- @on message:received where type == "text" and automated != true
-- @schedule every 1m
-- @key session_id
-- @timeout 1m
-- @permissions conversations:write store

-- How long a visitor may wait, in minutes, and who is called. Put your promise here.
local promise, team = 30, "@team"

if event and event.from == "user" then
  -- The clock of a wait starts with its first message.
  store.compare_and_set("waiting:" .. event.session_id, nil, event.timestamp)
elseif event then
  store.delete("waiting:" .. event.session_id)
else
  local late = 0
  for _, entry in ipairs(store.list("waiting:", { limit = 1000 })) do
    local waited = math.floor((time.now() - entry.value) / 60000)
    if waited >= promise then
      local session_id = entry.key:sub(#"waiting:" + 1)
      crisp.conversations.messages.send(session_id, {
        type = "note", content = ("%s: this visitor has waited for %d minutes."):format(team, waited), user = { nickname = "SLA" },
      })
      store.delete(entry.key)
      late = late + 1
    end
  end
  print(("%d late"):format(late))
end
