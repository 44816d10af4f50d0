-- Websites, their settings and availability. (tier: user)
local websites = crisp.websites
local own = websites.get()
print(own.website_id == crisp.website_id, own.name, websites.exists(own.domain), websites.exists{ domain = "nobody.example" })
local made = websites.create{ name = "Moss", domain = "moss.example" }
print(websites.exists("moss.example"), websites.get(made.website_id).name, crisp.website(made.website_id).websites.get().name)
print(crisp.website(made.website_id).website_id == made.website_id, #crisp.website(made.website_id).conversations.list(), #crisp.conversations.list{ website_id = made.website_id })

local ok, err = pcall(websites.delete, made.website_id, { verify = { method = "password", secret = "wrong" } })
print(ok, err.status, err.reason)
websites.delete(made.website_id, { verify = { method = "password", secret = "sandbox" } })
websites.restore(made.website_id)
print(websites.exists("moss.example"))
print(select(2, pcall(websites.delete)).message)

websites.settings.update{ name = "Fernleaf & Moss", chatbox = { home = false } }
local settings = websites.settings.get()
print(settings.name, settings.chatbox.home, websites.get().name)
print(websites.availability.get().status, #websites.availability.list() > 0)
