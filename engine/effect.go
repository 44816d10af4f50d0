package engine

import "fmt"

// Effect is what a host function does to the world outside of the script.
type Effect uint8

// The effects. What a module does inside the process (parsing, formatting, writing log lines) is a Read.
const (
	Read   Effect = iota // changes nothing
	Write                // creates or changes something
	Send                 // sends something to people, such as a message to a customer
	Delete               // removes something for good
)

var effectNames = [...]string{"read", "write", "send", "delete"}

func (e Effect) String() string {
	if int(e) < len(effectNames) {
		return effectNames[e]
	}
	return fmt.Sprintf("Effect(%d)", uint8(e))
}

// ParseEffect is the reverse of Effect.String.
func ParseEffect(name string) (Effect, error) {
	for e, n := range effectNames {
		if n == name {
			return Effect(e), nil
		}
	}
	return 0, fmt.Errorf("unknown effect %q (use read, write, send or delete)", name)
}
