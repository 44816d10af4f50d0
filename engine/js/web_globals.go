package js

import "github.com/dop251/goja"

// webGlobal builds a global of the web platform, or returns nil when there is none of that name.
func (v *vm) webGlobal(name string) goja.Value {
	switch name {
	}
	return nil
}
