package lua

import (
	"testing"

	"github.com/crisphost/crisphost/internal/enginetest"
)

func FuzzRun(f *testing.F) {
	enginetest.FuzzRun(f, NewRuntime, "fuzz.lua", runSeeds)
}

var runSeeds = []string{
	"", "\xef\xbb\xbf", "#!/usr/bin/env crisphost\nreturn 1", "error()", "error(nil)", "error({})", "error(setmetatable({}, {__tostring = error}))", "while true do end",
	"local function f() return 1 + f() end f()", "local function f() pcall(f) f() end f()", "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
	"return coroutine.wrap(function() coroutine.yield(1) end)()", "local co co = coroutine.create(function() coroutine.resume(co) end) coroutine.resume(co)",
	"parallel(error, function() coroutine.yield() end)", "map({1, 2}, function(x) error(x) end)", "map({}, nil)", "parallel(print, pcall)", "return inspect(_G)",
	"setfenv(1, {}) x()", "setmetatable(_G, {__index = function(t, k) return k end}) return y", "return setmetatable({}, {__metatable = 1})", "string.format = nil return ('x'):rep(3)",
	"return ('x'):gsub('', function() error('e') end)", "return string.find('a', '[a-', 1)", "return ('%d'):format(0/0)", "goto done ::done::", "local t = {} t[t] = t return t",
	"return load('return ...')(1)", "return table.unpack({}, 1, 1e8)", "table.sort({3, 2, 1}, function() error() end)", "xpcall(error, error)", "return select(-1, 1, 2)",
	"for i = 1, 0/0 do end", "return #string.rep('x', 1e6, ',')", "return tostring(-0), 1e21, 2^53", "string.byte(('x'):rep(1e6), 1, -1)",
}
