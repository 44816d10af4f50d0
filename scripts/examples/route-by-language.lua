--- Assigns a conversation that nobody has to an operator who speaks the visitor's language.
-- Letters tell Japanese and Arabic; otherwise the language is that of the visitor's browser.
-- @on message:send where from == "user" and type == "text"
-- @key session_id
-- @timeout 1m
-- @permissions conversations:read conversations:write operators:read

-- Who speaks what, by the beginning of the address. Put your team here.
local speakers = { fr = "chloe@", ja = "kenji@", pt = "sofia@", es = "sofia@", en = "tobias@" }

local function language_of(conversation)
  if event.content:find("[\227-\233]") then return "ja" end -- kana and Chinese characters in UTF-8
  if event.content:find("[\216-\219]") then return "ar" end
  local device = conversation.meta.device or {}
  return ((device.locales or {})[1] or "en"):sub(1, 2)
end

local conversation = crisp.conversations.get(event.session_id)
if conversation.assigned then
  print("somebody has it")
else
  local language = language_of(conversation)
  local address = speakers[language] or speakers.en
  for _, operator in ipairs(crisp.websites.operators.list()) do
    local details = operator.details
    if details.email:sub(1, #address) == address then
      crisp.conversations.assign(event.session_id, details.user_id, { silent = true })
      print(("%s: assigned to %s"):format(language, details.first_name))
    end
  end
end
