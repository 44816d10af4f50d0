local v = host.values()
print(v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9].b, #v[9].a, #v) --> 1\t2\t2.5\ts\tb\ttrue\tnull\t1700000000123\t1\t0\t9
print(host.answer, host.nothing, host.nested.deep(), host.nested("applied")) --> 42\tnull\tdeep\tapplied
print(host.missing, host.nested.missing) --> nil\tnil
print(host.echo == host.echo, host.nested == host.nested) --> true\ttrue
---
print(host.show())                 --> []interface {}(nil)
print(host.show(1, 1.5, "s", true, nil, nil)) --> []interface {}{1, 1.5, "s", true}
print(host.show(nil, json.null, 1)) --> []interface {}{interface {}(nil), interface {}(nil), 1}
print(host.show({}))               --> []interface {}{map[string]interface {}{}}
print(host.show({1, 2}, {a = {b = 1}})) --> []interface {}{[]interface {}{1, 2}, map[string]interface {}{"a":map[string]interface {}{"b":1}}}
print(host.show(json.array({}), json.object({}))) --> []interface {}{[]interface {}{}, map[string]interface {}{}}
print(host.show(json.object({10, [3] = 30}))) --> []interface {}{map[string]interface {}{"1":10, "3":30}}
print(host.show(json.array({1, nil, 3}))) --> []interface {}{[]interface {}{1, interface {}(nil), 3}}
print(host.show(2^53, 2^54, -0.5)) --> []interface {}{9007199254740992, 1.8014398509481984e+16, -0.5}
print(host.open(host.opaque()), tostring(host.opaque())) --> 7 true\thost value
print(host.show(host.json('[]'), host.json('{}'), host.json('{"a":[[],{}]}'))) --> []interface {}{[]interface {}{}, map[string]interface {}{}, map[string]interface {}{"a":[]interface {}{[]interface {}{}, map[string]interface {}{}}}}
---
local d = host.json('{"b":{"x":1},"a":[1,null,{"y":"z"}],"n":null,"t":true,"s":"q\\u00e9","big":12345678901234}')
print(d.b.x, d.a[1], d.a[2], d.a[3].y, d.n, d.t, d.s, d.big, d.missing) --> 1\t1\tnull\tz\tnil\ttrue\tqé\t12345678901234\tnil
print(d.b == d.b, d.a == d.a, d[1], #d, getmetatable(d)) --> true\ttrue\tnil\t0\tnil
local b = d.b
for k in pairs(d) do io_ = (io_ or "") .. k .. " " end
print(io_, b == d.b, rawget(d, "t")) --> b a t s big \ttrue\ttrue
d.b = nil
print(d.b, next(host.json("{}")))  --> nil\tnil
---
local d = host.json('{"a":1,"b":2}')
d.a = nil
d.c = 3
local n = 0
for k, v in pairs(d) do n = n + v end
print(n, d.a, host.show(d))        --> 5\tnil\t[]interface {}{map[string]interface {}{"b":2, "c":3}}
setmetatable(d, {__index = {z = 26}})
print(d.z, d.b)                    --> 26\t2
local inherits = setmetatable({}, {__index = host.json('{"deep":{"x":1}}')})
print(inherits.deep.x, inherits.none) --> 1\tnil
---
print(host.json("null"), host.json("1.5"), host.json('"s"'), host.json("true")) --> nil\t1.5\ts\ttrue
print(pcall(host.json, "{]") == false) --> true
print(host.json("{]"))             --! the host answered text that is not JSON
---
for x in host.count(3) do print(x.n) end --> 1
                                   --> 2
                                   --> 3
for x in host.count(100) do if x.n == 2 then break end end
for k, v in host.pairs() do print(k, v) end --> a\t1
                                   --> b\t2
local it = host.count(1)
print(it().n, it(), it())          --> 1\tnil
for x in host.count(1, true) do print(x.n) end --! the stream broke
                                   --> 1
---
local h = host.handle()
print(h.id, h.name(), h.name == h.name) --> h1\thandle\ttrue
local names = {}
for k in pairs(host.handle()) do names[#names + 1] = k end
print(table.concat(names, " "))    --> name id
h.id = nil
h.extra = 1
print(h.id, h.extra, h.name())     --> nil\t1\thandle
---
host.answer = nil
host.echo = nil
print(host.answer, host.echo)      --> nil\tnil
host.show = "mine"
local seen = {}
for k, v in pairs(host) do seen[k] = v end
print(seen.show, seen.answer, seen.echo, type(seen.json)) --> mine\tnil\tnil\tfunction
---
print(select("#", host.echo()), host.echo(nil), (host.echo(1, 2))) --> 0\tnil\t1
---
print(getmetatable(json.null), tostring(json.null), json.null == host.nothing) --> null\tnull\ttrue
print(pcall(json.array, setmetatable({}, {}))) --> false\tmain.lua:@: json.array cannot mark a table that has a metatable; copy its fields into a new one
