/**
 * Has a language model judge and sum up what a visitor writes, and puts it beside the conversation.
 * MODEL_URL is an endpoint for chat completions, as most servers of models have it. Name its host in the permissions.
 * @on message:send where from == "user" and type == "text"
 * @key session_id
 * @debounce 20s
 * @timeout 2m
 * @retries 2 exponential 30s
 * @env MODEL_URL MODEL_KEY
 * @permissions conversations:read conversations:write fetch:models.example.com
 */

const messages: any[] = await crisp.conversations.messages.list(event.session_id, { limit: 20 });
const dialogue = messages
  .filter(({ type }) => type === "text")
  .sort((a, b) => a.timestamp - b.timestamp)
  .map(({ from, content }) => `${from}: ${content}`)
  .join("\n");

const response = await fetch(env.get("MODEL_URL"), {
  method: "POST",
  headers: { "Content-Type": "application/json", Authorization: `Bearer ${env.get("MODEL_KEY")}` },
  body: JSON.stringify({
    model: "small",
    response_format: { type: "json_object" },
    messages: [
      { role: "system", content: 'Answer with JSON: {"sentiment": "positive", "neutral" or "negative", "summary": one sentence}.' },
      { role: "user", content: dialogue },
    ],
  }),
});
if (!response.ok) throw new Error(`the model answers ${response.status}`); // the run is tried again
const { choices } = await response.json();
const { sentiment, summary } = JSON.parse(choices[0].message.content);
if (!["positive", "neutral", "negative"].includes(sentiment)) throw new Error(`the model answers ${choices[0].message.content}`);

const { segments = [] } = await crisp.conversations.meta.get(event.session_id);
const others = segments.filter((segment: string) => segment !== "unhappy");
await crisp.conversations.meta.update(event.session_id, {
  data: { sentiment, summary },
  segments: sentiment === "negative" ? [...others, "unhappy"] : others, // a list replaces the one before
});
console.log(`${sentiment}: ${summary}`);
