-- The team. (tier: user)
local operators = crisp.websites.operators
local list = operators.list()
local second = list[2].details.user_id
print(#list, operators.get(second).first_name)
operators.update(second, { title = "Gardener" })
print(operators.get(second).title)
operators.invite{ email = "new@fernleaf.example", role = "member", verify = { method = "password", secret = "sandbox" } }
operators.email{ recipient = "user", user_id = second, subject = "Hello", message = "Welcome to the garden" }
operators.delete(second)
print(select(2, pcall(operators.get, second)).status)
print(#operators.active.list() > 0)
operators.active.delete()
print(#operators.active.list())
