-- The plugins of the websites of a user, and where events come from. (tier: user)
local own, all = crisp.plugins.list(), crisp.plugins.subscriptions.list()
print(#own, own[1].website_id == crisp.website_id, #all, all[1].id == own[1].id, crisp.plugins.get(own[1].id).name)
print((crisp.websites.endpoints.get().socket.app:gsub("%d+", "n")))

crisp.plugins.unsubscribe(own[1].id)
print(#crisp.plugins.list(), select(2, pcall(crisp.plugins.get, own[1].id)).reason)
crisp.plugins.subscribe{ plugin_id = own[1].id }
print(#crisp.plugins.list())
