package stdlib

import (
	"math"
	"math/rand/v2"

	glua "github.com/yuin/gopher-lua"
)

func mathFuncs() []Func {
	return []Func{
		{"abs", real1(math.Abs)},
		{"acos", real1(math.Acos)},
		{"asin", real1(math.Asin)},
		{"atan", mathAtan},
		{"atan2", real2(math.Atan2)},
		{"ceil", real1(math.Ceil)},
		{"cos", real1(math.Cos)},
		{"cosh", real1(math.Cosh)},
		{"deg", real1(func(x float64) float64 { return x * 180 / math.Pi })},
		{"exp", real1(math.Exp)},
		{"floor", real1(math.Floor)},
		{"fmod", real2(math.Mod)},
		{"frexp", mathFrexp},
		{"ldexp", real2(func(m, e float64) float64 { return math.Ldexp(m, int(e)) })},
		{"log", mathLog},
		{"log10", real1(math.Log10)},
		{"max", mathMax},
		{"min", mathMin},
		{"modf", mathModf},
		{"pow", real2(math.Pow)},
		{"rad", real1(func(x float64) float64 { return x * math.Pi / 180 })},
		{"random", mathRandom},
		{"randomseed", mathRandomSeed},
		{"sin", real1(math.Sin)},
		{"sinh", real1(math.Sinh)},
		{"sqrt", real1(math.Sqrt)},
		{"tan", real1(math.Tan)},
		{"tanh", real1(math.Tanh)},
	}
}

func mathValues() []Value {
	return []Value{{"pi", glua.LNumber(math.Pi)}, {"huge", glua.LNumber(math.Inf(1))}}
}

func real1(f func(float64) float64) glua.LGFunction {
	return func(L *glua.LState) int {
		L.Push(glua.LNumber(f(float64(checkNumber(L, 1)))))
		return 1
	}
}

func real2(f func(x, y float64) float64) glua.LGFunction {
	return func(L *glua.LState) int {
		L.Push(glua.LNumber(f(float64(checkNumber(L, 1)), float64(checkNumber(L, 2)))))
		return 1
	}
}

func mathAtan(L *glua.LState) int {
	L.Push(glua.LNumber(math.Atan2(float64(checkNumber(L, 1)), float64(optNumber(L, 2, 1)))))
	return 1
}

func mathLog(L *glua.LState) int {
	x := math.Log(float64(checkNumber(L, 1)))
	if L.Get(2) != glua.LNil {
		x /= math.Log(float64(checkNumber(L, 2)))
	}
	L.Push(glua.LNumber(x))
	return 1
}

func mathFrexp(L *glua.LState) int {
	m, e := math.Frexp(float64(checkNumber(L, 1)))
	L.Push(glua.LNumber(m))
	L.Push(glua.LNumber(e))
	return 2
}

func mathModf(L *glua.LState) int {
	x := float64(checkNumber(L, 1))
	whole, fraction := math.Trunc(x), 0.0
	if !math.IsInf(x, 0) {
		fraction = x - whole
	}
	L.Push(glua.LNumber(whole))
	L.Push(glua.LNumber(fraction))
	return 2
}

func mathMax(L *glua.LState) int {
	return extreme(L, func(x, best glua.LNumber) bool { return x > best })
}

func mathMin(L *glua.LState) int {
	return extreme(L, func(x, best glua.LNumber) bool { return x < best })
}

func extreme(L *glua.LState, better func(x, best glua.LNumber) bool) int {
	best := checkNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if x := checkNumber(L, i); better(x, best) {
			best = x
		}
	}
	L.Push(best)
	return 1
}

func mathRandom(L *glua.LState) int {
	low, high := 1.0, 0.0
	switch L.GetTop() {
	case 0:
		L.Push(glua.LNumber(threadOf(L).Random().Float64()))
		return 1
	case 1:
		high = math.Floor(float64(checkNumber(L, 1)))
	default:
		low, high = math.Floor(float64(checkNumber(L, 1))), math.Floor(float64(checkNumber(L, 2)))
	}
	if !(low <= high) || high-low >= 1<<53 {
		L.ArgError(L.GetTop(), "interval is empty or too large")
	}
	L.Push(glua.LNumber(low + float64(threadOf(L).Random().Int64N(int64(high-low)+1))))
	return 1
}

func mathRandomSeed(L *glua.LState) int {
	seed := math.Float64bits(float64(optNumber(L, 1, 0)))
	threadOf(L).SetRandom(rand.New(rand.NewPCG(seed, seed)))
	return 0
}
