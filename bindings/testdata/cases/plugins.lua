-- The plugin of a token, the websites that have it and their settings for it. (tier: plugin)
local plugins = crisp.plugins
local id = plugins.account.get().plugin_id
print(id, plugins.session.exists())

local websites = plugins.websites.list{ include_plan = true }
print(#websites, websites[1].website_id == crisp.website_id, websites[1].plan.name, #plugins.websites.list{ filter_configured = true })
for website in plugins.websites.each() do
  print(website.website_id == crisp.website_id, next(website.settings))
end
local got = plugins.get(id)
print(got.id == id, got.website_id == crisp.website_id, got.active, got.urn)

plugins.settings.save(id, { greeting = "Hello", hours = { from = 9, to = 17 } })
plugins.settings.update(id, { greeting = "Hi" })
local settings = plugins.settings.get(id)
print(settings.plugin_id == id, settings.token == websites[1].token, settings.settings.greeting, settings.settings.hours.to)
print(#plugins.websites.list{ filter_configured = true }, plugins.changes.list()[1].difference)
print(#plugins.changes.list{ date_since = "2100-01-01" })

plugins.channel.forward(id, { namespace = "bot:step", payload = { step = 1 } })
plugins.events.dispatch(id, { name = "bot-is-running", data = {} })
print("told")

local ok, err = pcall(plugins.settings.get, "5d1a1b9c-8a5e-4a52-9f4c-1c2f7e2d9a10")
print(ok, err.status, err.reason)
print((plugins.endpoints.get().socket.app:gsub("%d+", "n")))
