-- Files read and written in parts.
files.write("out/deep/one.txt", "first\n")
files.append("out/deep/one.txt", "second\r\n\nlast")
files.append("new/log.txt", "a")
files.append("new/log.txt", "b\n")
files.mkdir("made/here")
files.mkdir("made/here")
print(files.exists("made/here"), files.exists("made/there"), files.read("new/log.txt") == "ab\n")
for line in files.lines("out/deep/one.txt") do print("[" .. line .. "]") end
for line in files.lines("-") do print("[" .. line .. "]") end
for line in files.lines("out/deep/one.txt") do print(line) break end

local w = csv.writer("out/people.csv", { "name", "plan" })
w:write({ name = "Ada, Countess", plan = "pro", extra = 1 })
w:write({ name = "Bo\n2" })
w:write({ "Cy", 3 })
print(files.exists("out/people.csv"))
w:close()
w:close()
print(select(2, pcall(w.write, w, {})).message)
for row in csv.rows("out/people.csv") do print("<" .. row.name .. "|" .. row.plan .. ">") end
for row in csv.rows("out/people.csv", { header = false }) do print(#row, row[2]) end

w = csv.writer("out/plain.csv", nil, { header = false, delimiter = ";" })
w:write({ a = 1, b = "x;y" })
print(select(2, pcall(w.write, w, { c = 1 })).message)
w:close()
print(files.read("out/plain.csv"))
w = csv.writer("out/empty.csv", { "a", "b" })
w:close()
print(files.read("out/empty.csv") == "a,b\n")

files.write("bad.csv", "\239\187\191a,b\n1,2\n3,4,5\n")
print(pcall(function() for row in csv.rows("bad.csv") do print(row.a, row.b) end end))
print(pcall(function() return csv.rows("missing.csv") end))
print(pcall(files.lines, "../x"))
