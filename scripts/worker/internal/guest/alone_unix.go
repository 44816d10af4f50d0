//go:build unix && !linux

package guest

// keepToItself does nothing: only Linux needs it.
func keepToItself() {}
