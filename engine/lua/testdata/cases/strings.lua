print(("héllo"):upper(), ("ÀB"):lower(), ("a\255"):upper() == "A\255") --> HÉLLO\tàb\ttrue
print(("abc"):byte(), ("abc"):byte(2, 3), select("#", ("abc"):byte(10))) --> 97\t98\t0
print(string.char(72, 105), #string.char(255), ("abc"):reverse(), ("abc"):len()) --> Hi\t1\tcba\t3
print(pcall(string.char, 300) == false) --> true
print(("hello"):sub(2, 3), ("hello"):sub(-3), ("hello"):sub(4, 2) == "", ("hello"):sub(0)) --> el\tllo\ttrue\thello
print(("ab"):rep(3), ("ab"):rep(0) == "", ("ab"):rep(2, "-")) --> ababab\ttrue\tab-ab
print(#"a\0b", ("a\0b"):find("\0", 1, true), ("a\0b"):find("%z")) --> 3\t2\t2\t2
---
print(string.format("%d %5d|%-5d|%05d|%+d", 1, 2, 3, 4, 5)) --> 1     2|3    |00004|+5
print(string.format("%5.1f|%.3f|%e|%g|%g", 3.14159, 2, 12345.678, 0.1, 1e20)) -->   3.1|2.000|1.234568e+04|0.1|1e+20
print(string.format("%x %X %o %#x %c%c", 255, 255, 8, 16, 72, 105)) --> ff FF 10 0x10 Hi
print(string.format("%s %s %s %10s|%-4s|%.2s", "a", nil, true, "right", "l", "cut")) --> a nil true      right|l   |cu
print(string.format("%q", 'say "hi"\n\0')) --> "say \"hi\"\
                                   --> \000"
print(string.format("%5s|%-6s|", "é", "日本")) -->     é|日本    |
print(string.format("%d%%", 50), string.format("%i", 3.99), string.format("%s", 1/0)) --> 50%\t3\tinf
print(string.format("%s", setmetatable({}, {__tostring = function() return "T" end}))) --> T
print(string.format("%5d|%.3d", "42", 7)) -->    42|007
print((select(2, pcall(function() string.format("%d", "x") end)))) --> main.lua:@: bad argument #2 to format (number expected, got string)
print((select(2, pcall(function() string.format("%d") end)))) --> main.lua:@: bad argument #2 to format (no value)
print((select(2, pcall(function() string.format("%y", 1) end)))) --> main.lua:@: invalid option '%y' to 'format'
print((select(2, pcall(function() string.format("%") end)))) --> main.lua:@: invalid format: '%' stands at the end; write %% for a percent sign
print((select(2, pcall(function() string.format("%d", 0/0) end)))) --> main.lua:@: bad argument #2 to format (number has no integer representation)
---
print(("hello world"):find("wor"), ("hello"):find("l+"), ("hello"):find("xyz")) --> 7\t3\tnil
print(("hello"):find(""), ("hello"):find("", 10), ("a.b"):find(".", 1, true)) --> 1\t6\t2\t2
print(("hello"):find("(l)(l)"))    --> 3\t4\tl\tl
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$")) --> key\tvalue
print(("2026-11-22"):match("(%d+)-(%d+)-(%d+)")) --> 2026\t11\t22
print(("hello"):match("()ll()"))   --> 3\t5
print(("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):find("%f[%a]%a+%f[%A]")) --> (a(b)c)\t1\t3
print(("abcabc"):match("(a)bc%1"), ("[[x]]"):match("%[%[(.-)%]%]")) --> a\tx
print(("a-b"):match("[a%-]+"), ("]"):match("[]]"), ("^"):match("[%^]"), ("x^"):match("[^x]")) --> a-\t]\t^\t^
print(("ab12"):gsub("%a", "%0%0"), ("hello"):gsub("l", {l = "L"}), ("abc"):gsub("%w", function(c) if c == "b" then return "B" end end)) --> aabb12\theLLo\taBc\t3
print(("abc"):gsub("", "-"))       --> -a-b-c-\t4
print(("hello world"):gsub("o", "0", 1), ("x"):gsub("x", "%%")) --> hell0 world\t%\t1
print(("abc"):gsub("^a", "x"), ("aaa"):gsub("^a", "b")) --> xbc\tbaa\t1
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do print(k, v) end --> a\t1
                                   --> b\t2
for w in ("one two"):gmatch("%a+") do print(w) end --> one
                                   --> two
print(("x"):rep(3):gsub("x", {x = false})) --> xxx\t3
print(select(2, ("  trim  "):gsub("^%s+", "")), ("  trim  "):match("^%s*(.-)%s*$") .. "|") --> 1\ttrim|
---
local function why(...) local _, e = pcall(...) return (e:gsub("^.-: ", "")) end
print(why(string.find, "a", "["))  --> malformed pattern (missing ']')
print(why(string.find, "a", "%"))  --> malformed pattern (ends with '%')
print(why(string.find, "a", "(a")) --> unfinished capture
print(why(string.match, "a", "a)")) --> invalid pattern capture
print(why(string.find, "a", "%1")) --> invalid capture index
print(why(string.find, "a", "%f")) --> missing '[' after '%f' in pattern
print(why(string.find, "a", "%b")) --> unbalanced pattern: %b needs two characters
print(why(string.gsub, "a", "a", "%2")) --> invalid capture index
print(why(string.gsub, "a", "a", "%")) --> invalid use of '%' at the end of the replacement string; write %% for a percent sign
print(why(string.gsub, "a", "a", function() return {} end)) --> invalid replacement value (a table)
print(why(string.find, "a", string.rep("()", 40))) --> too many captures
---
print(utf8.char(72, 228, 26085, 128512), utf8.len("häß"), utf8.codepoint("ä", 1)) --> Hä日😀\t3\t228
for p, c in utf8.codes("aß") do print(p, c) end --> 1\t97
                                   --> 2\t223
print(utf8.len("a\255"), utf8.offset("aßc", 3), utf8.offset("aßc", -1), utf8.offset("aß", 9)) --> nil\t4\t4\tnil
print(select("#", ("häß"):gsub(utf8.charpattern, "")), select(2, ("häß"):gsub(utf8.charpattern, ""))) --> 2\t3
print(pcall(utf8.char, -1) == false, pcall(utf8.codepoint, "\255", 1) == false) --> true\ttrue
---
-- A replacement function may match by itself.
print((("a1b2"):gsub("%a(%d)", function(d) return ("<" .. d .. ">"):gsub("%d", "%0%0") end))) --> <11><22>
print(pcall(string.gsub, "abc", "%w", function(c) error("in " .. c, 0) end)) --> false\tin a
