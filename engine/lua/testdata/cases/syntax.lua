local x =                          --! unexpected symbol near '<end of file>'
---
foo bar                            --!:5 '=' or a call expected near 'bar'
---
x = = 1                            --!:5 unexpected symbol near '='
---
if x = 1 then end                  --!:6 'then' expected near '='
---
if true then
  print(1)
                                   -- the end is missing
local last = 1                     --! 'end' expected (to close 'if' at line 9) near '<end of file>'
---
function f(a, b                    -- a parenthesis is missing
  return a                         --!:3 ')' expected (to close '(' at line 14) near 'return'
end
---
local t = {1, 2                    -- a brace is missing
print(t)                           --!:1 '}' expected (to close '{' at line 18) near 'print'
---
for i in 1, 2 print(i) end         --!:15 'do' expected near 'print'
---
for i print end                    --!:7 '=' or 'in' expected near 'print'
---
while true                         -- the do is missing
  print(1)                         --!:3 'do' expected near 'print'
end
---
local function = 1                 --!:16 a name expected near '='
---
t.end = 1                          --!:3 a name expected near 'end'
---
x != 1                             --!:3 unexpected symbol near '!'
---
x += 1                             --!:3 '=' or a call expected near '+'
---
x++                                --!:2 '=' or a call expected near '+'
---
local s = "open                    --!:11 unfinished string
---
local é = 1                        --!:7 unexpected symbol near
---
break_out() break print(1)         --!:19 'break' must be the last statement of its block: 'end' expected near 'print'
---
return 1, 2 print(3)               --!:13 'return' must be the last statement of its block: 'end' expected near 'print'
---
end                                --!:1 unexpected symbol near 'end'
---
break                              --! no loop to break
---
goto nowhere                       --! no visible label 'nowhere'
---
local function f() return ... end  --! cannot use '...' outside a vararg function
---
obj:method                         -- a call is missing
print(1)                           --!:1 function arguments expected near 'print'
---
local t = {a: 1}                   --!:13 '}' expected near ':'
---
f(1, )                             --!:6 unexpected symbol near ')'
---
print("ü", "ä" x)                  --!:16 ')' expected near 'x'
---
x = 1 // 2                         --!:8 unexpected symbol near '/'
---
if x then print(1) else if y then print(2) end --! 'end' expected
---
repeat x = 1                       --! 'until' expected near '<end of file>'
---
x = a and and b                    --!:11 unexpected symbol near 'and'
---
fn('a' 'b' c)                      --!:8 ')' expected near '"b"'
