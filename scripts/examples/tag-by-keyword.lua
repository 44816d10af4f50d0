--- Puts conversations into segments by words in what the customer wrote.
-- Segments that a conversation has already are kept.
-- @timeout 10m
-- @permissions conversations:read conversations:write

local rules = {
  { segment = "billing", words = { "invoice", "refund", "charged", "facture", "rechnung", "factura" } },
  { segment = "bug",     words = { "crash", "error", "broken", "erreur", "fehler" } },
  { segment = "login",   words = { "password", "log in", "login", "mot de passe", "passwort" } },
}

-- matching answers the segments whose words stand in a text.
local function matching(text)
  text = text:lower()
  local segments = {}
  for _, rule in ipairs(rules) do
    for _, word in ipairs(rule.words) do
      if text:find(word, 1, true) then
        segments[#segments + 1] = rule.segment
        break
      end
    end
  end
  return segments
end

-- customer_text joins what the customer wrote in the last messages of a conversation.
local function customer_text(session_id)
  local parts = {}
  for _, message in ipairs(crisp.conversations.messages.list(session_id, { limit = 20 })) do
    if message.from == "user" and message.type == "text" then
      parts[#parts + 1] = message.content
    end
  end
  return table.concat(parts, "\n")
end

local open = crisp.conversations.list{ not_resolved = true, limit = 100 }
local added = map(open, function(conversation)
  local segments, new = {}, {}
  local has = {}
  for _, segment in ipairs(conversation.meta.segments or {}) do
    segments[#segments + 1] = segment
    has[segment] = true
  end
  for _, segment in ipairs(matching(customer_text(conversation.session_id))) do
    if not has[segment] then
      segments[#segments + 1] = segment
      new[#new + 1] = segment
    end
  end
  if #new > 0 then
    crisp.conversations.meta.update(conversation.session_id, { segments = segments })
  end
  return new
end, 8)

local counts = {}
for _, rule in ipairs(rules) do counts[rule.segment] = 0 end
for _, segments in ipairs(added) do
  for _, segment in ipairs(segments) do counts[segment] = counts[segment] + 1 end
end
for _, rule in ipairs(rules) do
  print(("%-8s added to %d of %d conversations"):format(rule.segment, counts[rule.segment], #open))
end
