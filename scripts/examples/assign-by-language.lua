--- Assigns conversations that nobody has taken to operators who speak the customer's language.
-- The language comes from the customer's browser. Each language's operators take turns.
-- @timeout 10m
-- @permissions conversations:read conversations:write operators:read

local operators = crisp.websites.operators.list()

-- speakers lists operators' ids by language. Put your team's here; the demo gives each operator two languages in turn.
local languages = { "en", "fr", "de", "es", "it", "pt", "nl", "pl", "ja", "ar" }
local speakers = {}
for i, language in ipairs(languages) do
  local operator = operators[(i - 1) % #operators + 1]
  speakers[language] = { operator.details.user_id }
end
local fallback = { operators[1].details.user_id }

local turns, assigned = {}, {}
for conversation in crisp.conversations.each{ unassigned = true, not_resolved = true } do
  local device = conversation.meta.device or {}
  local language = ((device.locales or {})[1] or "en"):sub(1, 2)
  local team = speakers[language] or fallback
  local turn = turns[language] or 0
  turns[language] = turn + 1
  assigned[#assigned + 1] = {
    language = language,
    session_id = conversation.session_id,
    user_id = team[turn % #team + 1],
  }
end

map(assigned, function(item)
  crisp.conversations.assign(item.session_id, item.user_id, { silent = true })
end, 4)

local seen = {}
for language in pairs(turns) do seen[#seen + 1] = language end
table.sort(seen)
for _, language in ipairs(seen) do
  print(("%s: %d assigned"):format(language, turns[language]))
end
print(("%d conversations assigned in total"):format(#assigned))
