-- The modules around crisp.
print(time.now(), time.ago("1d"), time.parse("2026-03-01"), time.duration(93784000))
print(time.format(time.now()), time.format(time.now(), "%d/%m/%Y %H:%M", { zone = "Europe/Paris" }))
time.sleep(1)
time.sleep("1ms")

print(json.encode{ b = { 1, 2.5, "x" }, a = json.null, c = json.array(), d = json.object() })
print(json.encode({ a = 1 }, { indent = 2 }))
local decoded = json.decode('{"list": [1, "two", null, {"deep": true}], "text": "é\\n"}')
print(decoded.list[1], decoded.list[2], decoded.list[4].deep, #decoded.list, #decoded.text)
print(json.encode(decoded))

local rows = csv.parse("name,plan\nAda,pro\n\"Bo, jr.\",free\n")
print(#rows, rows[1].name, rows[2].name, rows[2].plan)
print(csv.format(rows, { columns = { "plan", "name" }, delimiter = ";" }))

print(crypto.sha256("abc"))
print(crypto.hmac("key", "text", { encoding = "base64" }))
print(crypto.base64.encode("héllo"), crypto.base64.decode("aMOpbGxv"))
print(crypto.base64.encode(crypto.base64.decode("//79AAE=", { bytes = true })))
print(#crypto.uuid(), crypto.uuid() ~= crypto.uuid())

print(#args, args[1], args[2])
print(env.GREETING, env.get("GREETING"), env.PATH)
print(pcall(env.get, "PATH"))

files.write("notes.txt", "first line\n")
print(files.read("notes.txt") == "first line\n", files.exists("notes.txt"), files.exists("other.txt"))
print(files.read("-"))
print(select(2, pcall(files.read, "../notes.txt")).name)

log.debug("details", { count = 3 })
log.info("started")
log.warn("slow")
log.error("failed", { reason = "none" })

print_table({ { name = "Ada", seats = 12 }, { name = "陈伟", seats = 3 } })
print_table({ { "a", 1 }, { "b", 22 } })
print_table({}, { columns = { "name" } })
