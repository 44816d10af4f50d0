-- A plugin's tools are open to the plugin's own token. (tier: plugin)
local id = crisp.conversations.list{ limit = 1 }[1].session_id
crisp.conversations.tool.request(id, { command = "list_tools" })
print("requested")
local ok, err = pcall(crisp.conversations.spams.list)
print(ok, err.status, err.reason, err.hint)
