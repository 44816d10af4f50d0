package cldr

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestRound compares rounding with exact arithmetic.
func TestRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(-1e12, 1e12).Draw(t, "n")
		scale, places := rapid.IntRange(0, 8).Draw(t, "scale"), rapid.IntRange(-3, 10).Draw(t, "places")
		mode := rapid.SampledFrom([]string{"ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven"}).Draw(t, "mode")
		d := FromInt(big.NewInt(n)).shift(-scale)
		got := d.round(places, mode)
		if want := exactRound(n, scale, places, mode); got.rat().Cmp(want) != 0 {
			t.Fatalf("%d/10^%d to %d places by %s: %s, want %s", n, scale, places, mode, got.rat(), want)
		}
	})
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// rat is the number as a fraction.
func (d Decimal) rat() *big.Rat {
	digits, _ := new(big.Int).SetString("0"+d.digits, 10)
	value := new(big.Rat).SetInt(digits)
	if shift := d.point - len(d.digits); shift >= 0 {
		value.Mul(value, new(big.Rat).SetInt(power(shift)))
	} else {
		value.Quo(value, new(big.Rat).SetInt(power(-shift)))
	}
	if d.negative {
		value.Neg(value)
	}
	return value
}

func exactRound(n int64, scale, places int, mode string) *big.Rat {
	unit := new(big.Rat).SetInt(power(max(-places, 0)))
	unit.Quo(unit, new(big.Rat).SetInt(power(max(places, 0))))
	value := new(big.Rat).SetFrac(big.NewInt(n), power(scale))
	quotient := new(big.Rat).Quo(value, unit)
	floor := new(big.Int).Div(quotient.Num(), quotient.Denom())
	rest := new(big.Rat).Sub(quotient, new(big.Rat).SetInt(floor))
	half := rest.Cmp(big.NewRat(1, 2))
	negative := n < 0
	up := false // to the greater
	if rest.Sign() != 0 {
		switch mode {
		case "ceil":
			up = true
		case "expand":
			up = !negative
		case "trunc":
			up = negative
		case "halfCeil":
			up = half >= 0
		case "halfFloor":
			up = half > 0
		case "halfExpand":
			up = half > 0 || half == 0 && !negative
		case "halfTrunc":
			up = half > 0 || half == 0 && negative
		case "halfEven":
			up = half > 0 || half == 0 && floor.Bit(0) == 1
		}
	}
	if up {
		floor.Add(floor, big.NewInt(1))
	}
	return new(big.Rat).Mul(new(big.Rat).SetInt(floor), unit)
}

func TestParse(t *testing.T) {
	for text, ok := range map[string]bool{
		"1": true, "-1.50": true, "+.5": true, "5.": true, "1e21": true, "1E-7": true, "": false, ".": false, "-": false, "1e": false, "0x1": false,
		"1e99999999": false, "1_0": false, "Infinity": false, "1.2.3": false,
	} {
		if _, got := Parse(text); got != ok {
			t.Errorf("%q: %t", text, got)
		}
	}
}
