--- Has a language model judge and sum up what a visitor writes, and puts it beside the conversation.
-- MODEL_URL is an endpoint for chat completions, as most servers of models have it. Name its host in the permissions.
-- @on message:send where from == "user" and type == "text"
-- @key session_id
-- @debounce 20s
-- @timeout 2m
-- @retries 2 exponential 30s
-- @env MODEL_URL MODEL_KEY
-- @permissions conversations:read conversations:write fetch:models.example.com

local messages = crisp.conversations.messages.list(event.session_id, { limit = 20 })
table.sort(messages, function(a, b) return a.timestamp < b.timestamp end)
local lines = {}
for _, message in ipairs(messages) do
  if message.type == "text" then lines[#lines + 1] = message.from .. ": " .. message.content end
end

local answer = fetch(env.get("MODEL_URL"), {
  method = "POST",
  headers = { ["Content-Type"] = "application/json", Authorization = "Bearer " .. env.get("MODEL_KEY") },
  body = json.encode({
    model = "small",
    response_format = { type = "json_object" },
    messages = {
      { role = "system", content = 'Answer with JSON: {"sentiment": "positive", "neutral" or "negative", "summary": one sentence}.' },
      { role = "user", content = table.concat(lines, "\n") },
    },
  }),
})
if not answer.ok then error("the model answers " .. answer.status, 0) end -- the run is tried again
local text = json.decode(answer.body).choices[1].message.content
local judged = json.decode(text)
local words = { positive = true, neutral = true, negative = true }
if not words[judged.sentiment] then error("the model answers " .. text, 0) end

local segments = {}
for _, segment in ipairs(crisp.conversations.meta.get(event.session_id).segments or {}) do
  if segment ~= "unhappy" then segments[#segments + 1] = segment end
end
if judged.sentiment == "negative" then segments[#segments + 1] = "unhappy" end
crisp.conversations.meta.update(event.session_id, {
  data = { sentiment = judged.sentiment, summary = judged.summary },
  segments = json.array(segments), -- a list replaces the one before
})
print(judged.sentiment .. ": " .. judged.summary)
